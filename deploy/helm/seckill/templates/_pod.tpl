{{/* What the pods of gateways and silos have alike. */}}

{{/* Of the pod. Takes a list: the root, the component, its values. */}}
{{- define "seckill.pod" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $values := index . 2 -}}
serviceAccountName: {{ include "seckill.serviceAccount" $root }}
automountServiceAccountToken: false
# Kubernetes' variables of each Service would look like settings.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
securityContext:
  {{- include "seckill.podSecurity" $root | nindent 2 }}
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  {{- if $values.topologySpreadConstraints }}
  {{- toYaml $values.topologySpreadConstraints | nindent 2 }}
  {{- else }}
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "seckill.selector" (list $root $component) | nindent 8 }}
    # The pods of each version are spread by themselves, or a rollout would leave them lopsided.
    matchLabelKeys:
      - pod-template-hash
  {{- end }}
  {{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
volumes:
  # The root is read-only; .NET keeps the socket of its diagnostic tools here.
  - name: tmp
    emptyDir:
      sizeLimit: 64Mi
{{- end -}}

{{- define "seckill.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1654
runAsGroup: 1654
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "seckill.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end -}}

{{/* Of the container. Takes a list: the root, the component's values. */}}
{{- define "seckill.container" -}}
{{- $root := index . 0 -}}
{{- $values := index . 1 -}}
image: {{ include "seckill.image" . }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
securityContext:
  {{- include "seckill.containerSecurity" $root | nindent 2 }}
resources:
  {{- toYaml $values.resources | nindent 2 }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
# 11 minutes: the upgrade of large tables may take 10, and a program that is killed meanwhile begins it anew.
startupProbe:
  httpGet:
    path: /health/startup
    port: http
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 330
# Ignores Redis and MySQL: a dead store must not restart pods.
livenessProbe:
  httpGet:
    path: /health/live
    port: http
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet:
    path: /health/ready
    port: http
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
{{- end -}}

{{/* The variables that gateways and silos have alike, then those from the values. Takes a list: the root, the component's values. */}}
{{- define "seckill.env" -}}
{{- $root := index . 0 -}}
- name: Cluster__Id
  value: {{ $root.Values.cluster.id | quote }}
- name: Cluster__ServiceId
  value: {{ $root.Values.cluster.serviceId | quote }}
- name: ConnectionStrings__Redis
  {{- include "seckill.fromSecret" (list $root "redis") | nindent 2 }}
{{- range $name, $value := (index . 1).env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{/* Takes a list: the root, one of the secrets. */}}
{{- define "seckill.fromSecret" -}}
{{- $root := index . 0 -}}
{{- $secret := index $root.Values.secrets (index . 1) -}}
valueFrom:
  secretKeyRef:
    {{- if $root.Values.development.createSecret }}
    name: {{ include "seckill.fullname" $root }}-development
    key: {{ index . 1 }}
    {{- else }}
    name: {{ $secret.name }}
    key: {{ $secret.key }}
    {{- end }}
{{- end -}}
