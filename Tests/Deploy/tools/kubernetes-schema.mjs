// Holds YAML documents (standard input) against the schemas that Kubernetes and the Prometheus operator publish: types,
// required fields, formats. Unknown fields are not seen here; the tests read the documents strictly besides.
// One line a fault; exit code 1 if there is any.
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";

const faults = [];
for (const document of parseAllDocuments(readFileSync(0, "utf8"))) {
    faults.push(...document.errors.map(error => error.message));
    const object = document.toJS();
    if (object === null)
        continue;
    const name = `${object.kind} ${object.metadata?.name}`;
    const type = (await modelsOf(object.apiVersion))?.[object.kind];
    if (!type) {
        faults.push(`${name}: there is no ${object.kind} in ${object.apiVersion}`);
        continue;
    }
    try {
        new type(object).validate();
    } catch (fault) {
        faults.push(`${name}: ${fault.message}`);
    }
}
console.log(faults.join("\n"));
process.exitCode = faults.length > 0 ? 1 : 0;

async function modelsOf(apiVersion) {
    const module = apiVersion.startsWith("monitoring.coreos.com/") ? "@kubernetes-models/prometheus-operator" : "kubernetes-models";
    try {
        return await import(`${module}/${apiVersion}`);
    } catch (fault) {
        if (fault.code === "ERR_PACKAGE_PATH_NOT_EXPORTED")
            return undefined;
        throw fault;
    }
}
