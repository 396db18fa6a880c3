namespace SecKill.Tests.Deploy;

/// <summary>The programs that <c>tools/install.sh</c> installs.</summary>
internal static class Tool
{
    public static string Folder { get; } = Repository.Path("Tests/Deploy/tools");

    /// <summary>Runs a script of that folder in Node.js.</summary>
    public static Task<Command> NodeAsync(string script, IReadOnlyList<string> arguments, string input = "")
    {
        var path = Path.Combine(Folder, script);
        return !File.Exists(path)
            ? throw new InvalidOperationException($"{path} is not there. Run ./test.sh once: it installs what the tests need.")
            : Command.RunAsync(Program("node"), [path, .. arguments], input);
    }

    public static string Program(string name) => Installed.Find(name)
        ?? throw new InvalidOperationException($"No {name} is installed. Run ./test.sh once: it installs what the tests need.");
}
