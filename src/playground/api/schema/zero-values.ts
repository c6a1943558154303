/**
 * Fields whose zero value (an empty string, 0, false) is as good as absent: upstream's types keep no difference, and leave the field
 * out of what they write. Of the other fields a zero is a value like any other, such as `replicas: 0`.
 *
 * Source: https://pkg.go.dev/k8s.io/api (fields that are no pointers, with `omitempty`), for what the served kinds are made of, but
 * for the many sources of volumes.
 * @module
 */
const ZERO_IS_ABSENT: Readonly<Record<string, string>> = {
  CoreV1EndpointPort: 'name protocol',
  CoreV1Event: 'action count message reason type',
  CoreV1EventSeries: 'count',
  CoreV1ResourceClaim: 'request',
  EventsV1Event: 'action deprecatedCount note reason reportingController reportingInstance type',
  V1Condition: 'observedGeneration',
  V1Container: 'image imagePullPolicy stdin stdinOnce terminationMessagePath terminationMessagePolicy tty workingDir',
  V1ContainerImage: 'sizeBytes',
  V1ContainerPort: 'hostIP hostPort name protocol',
  V1ContainerRestartRule: 'action',
  V1ContainerRestartRuleOnExitCodes: 'operator',
  V1ContainerStateTerminated: 'containerID message reason signal',
  V1ContainerStateWaiting: 'message reason',
  V1ContainerStatus: 'containerID',
  V1DeploymentCondition: 'message reason',
  V1DeploymentSpec: 'minReadySeconds paused',
  V1DeploymentStatus: 'availableReplicas observedGeneration readyReplicas replicas unavailableReplicas updatedReplicas',
  V1DeploymentStrategy: 'type',
  V1EndpointAddress: 'hostname',
  V1EnvFromSource: 'prefix',
  V1EnvVar: 'value',
  V1EphemeralContainer: 'targetContainerName',
  V1EventSource: 'component host',
  V1HTTPGetAction: 'host path scheme',
  V1HTTPIngressPath: 'path',
  V1ImageVolumeStatus: 'imageRef',
  V1IngressClassSpec: 'controller',
  V1IngressLoadBalancerIngress: 'hostname ip',
  V1IngressRule: 'host',
  V1IngressTLS: 'secretName',
  V1LoadBalancerIngress: 'hostname ip',
  V1LocalObjectReference: 'name',
  V1NamespaceCondition: 'message reason',
  V1NamespaceStatus: 'phase',
  V1NodeCondition: 'message reason',
  V1NodeSpec: 'externalID podCIDR providerID unschedulable',
  V1NodeStatus: 'phase',
  V1ObjectFieldSelector: 'apiVersion',
  V1ObjectMeta: 'generateName generation name namespace resourceVersion selfLink uid',
  V1ObjectReference: 'apiVersion fieldPath kind name namespace resourceVersion uid',
  V1ParentReference: 'group name namespace resource',
  V1PersistentVolumeClaimSpec: 'volumeName',
  V1PodCondition: 'message observedGeneration reason',
  V1PodDNSConfigOption: 'name',
  V1PodSpec:
    'dnsPolicy hostIPC hostNetwork hostPID hostname nodeName priorityClassName restartPolicy schedulerName serviceAccount serviceAccountName subdomain',
  V1PodStatus: 'hostIP message nominatedNodeName observedGeneration phase podIP qosClass reason resize',
  V1Probe: 'failureThreshold initialDelaySeconds periodSeconds successThreshold timeoutSeconds',
  V1ReplicaSetCondition: 'message reason',
  V1ReplicaSetSpec: 'minReadySeconds',
  V1ReplicaSetStatus: 'availableReplicas fullyLabeledReplicas observedGeneration readyReplicas',
  V1ResourceFieldSelector: 'containerName',
  V1ResourceHealth: 'health',
  V1SELinuxOptions: 'level role type user',
  V1Secret: 'type',
  V1ServiceBackendPort: 'name number',
  V1ServicePort: 'name nodePort protocol',
  V1ServiceSpec:
    'clusterIP externalName externalTrafficPolicy healthCheckNodePort loadBalancerIP publishNotReadyAddresses sessionAffinity type',
  V1TCPSocketAction: 'host',
  V1Taint: 'value',
  V1Toleration: 'effect key operator value',
  V1VolumeMount: 'readOnly subPath subPathExpr',
  V1VolumeMountStatus: 'readOnly',
};

/** `V1ServiceSpec.clusterIP`, as types.ts names fields. */
const FIELDS: ReadonlySet<string> = new Set(
  Object.entries(ZERO_IS_ABSENT).flatMap(([model, names]) => names.split(' ').map((name) => `${model}.${name}`)),
);

export const isAbsentZero = (field: string, value: unknown): boolean =>
  (value === '' || value === 0 || value === false) && FIELDS.has(field);
