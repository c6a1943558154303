/**
 * How lists and maps of the API merge: which fields name an element, what is replaced as a whole, what is a quantity.
 *
 * The client's models do not say it. A list or map that is not named here is atomic (a list) or granular (a map), as upstream's
 * are; the table covers the kinds that the embedded server offers and what they contain.
 *
 * Sources: https://kubernetes.io/docs/reference/kubernetes-api/ ("Map: unique values on key name will be kept during a merge",
 * "Patch strategy: merge on key", "Atomic: will be replaced during a merge", "Set: unique values will be kept during a merge")
 * and https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy.
 * @module
 */

/** Lists whose elements are told apart by these fields. Strategic merge patch goes by the first alone. */
export const KEYS: Readonly<Record<string, readonly string[]>> = {
  'V1Container.env': ['name'],
  'V1Container.ports': ['containerPort', 'protocol'],
  'V1Container.volumeDevices': ['devicePath'],
  'V1Container.volumeMounts': ['mountPath'],
  'V1ContainerStatus.allocatedResourcesStatus': ['name'],
  'V1ContainerStatus.volumeMounts': ['mountPath'],
  'V1DeploymentStatus.conditions': ['type'],
  'V1EphemeralContainer.env': ['name'],
  'V1EphemeralContainer.ports': ['containerPort', 'protocol'],
  'V1EphemeralContainer.volumeDevices': ['devicePath'],
  'V1EphemeralContainer.volumeMounts': ['mountPath'],
  'V1NamespaceStatus.conditions': ['type'],
  'V1NodeStatus.addresses': ['type'],
  'V1NodeStatus.conditions': ['type'],
  'V1ObjectMeta.ownerReferences': ['uid'],
  'V1PodSpec.containers': ['name'],
  'V1PodSpec.ephemeralContainers': ['name'],
  'V1PodSpec.hostAliases': ['ip'],
  'V1PodSpec.imagePullSecrets': ['name'],
  'V1PodSpec.initContainers': ['name'],
  'V1PodSpec.resourceClaims': ['name'],
  'V1PodSpec.schedulingGates': ['name'],
  'V1PodSpec.topologySpreadConstraints': ['topologyKey', 'whenUnsatisfiable'],
  'V1PodSpec.volumes': ['name'],
  'V1PodStatus.conditions': ['type'],
  'V1PodStatus.podIPs': ['ip'],
  'V1PodStatus.resourceClaimStatuses': ['name'],
  'V1ReplicaSetStatus.conditions': ['type'],
  'V1ResourceRequirements.claims': ['name'],
  'V1ResourceStatus.resources': ['resourceID'],
  'V1ServiceAccount.secrets': ['name'],
  'V1ServiceCIDRStatus.conditions': ['type'],
  'V1ServiceSpec.ports': ['port', 'protocol'],
  'V1ServiceStatus.conditions': ['type'],
};

/** What a key field is taken to be in an element that leaves it out. */
export const KEY_DEFAULTS: Readonly<Record<string, string>> = {
  'V1ContainerPort.protocol': 'TCP',
  'V1ServicePort.protocol': 'TCP',
};

/** Lists with keys for server-side apply that a strategic merge patch replaces all the same. */
export const REPLACED_BY_PATCH: ReadonlySet<string> = new Set([
  'V1ResourceRequirements.claims',
  'V1ResourceStatus.resources',
]);

/** The other way round: atomic for server-side apply, merged by this key in a strategic merge patch. */
export const PATCH_KEYS: Readonly<Record<string, string>> = { 'V1PodStatus.hostIPs': 'ip' };

/** Lists of scalars in which each value is there once. */
export const SETS: ReadonlySet<string> = new Set([
  'V1ContainerRestartRuleOnExitCodes.values',
  'V1Endpoint.addresses',
  'V1NodeAllocatableResourceClaimStatus.containers',
  'V1NodeSpec.podCIDRs',
  'V1ObjectMeta.finalizers',
]);

/** The sets that a strategic merge patch adds to; it replaces the others. */
export const PATCHED_SETS: ReadonlySet<string> = new Set(['V1NodeSpec.podCIDRs', 'V1ObjectMeta.finalizers']);

/** A patch may say with `$retainKeys` which fields stay; kubectl and client-go send it for these alone. */
export const RETAIN_KEYS: ReadonlySet<string> = new Set([
  'V1DeploymentSpec.strategy',
  'V1PodSpec.resourceClaims',
  'V1PodSpec.volumes',
  'V1PodStatus.resourceClaimStatuses',
]);

/** Models and maps that have one owner as a whole. */
export const ATOMIC: ReadonlySet<string> = new Set([
  'CoreV1EndpointPort',
  'DiscoveryV1EndpointPort',
  'V1ConfigMapKeySelector',
  'V1EndpointAddress',
  'V1FileKeySelector',
  'V1LabelSelector',
  'V1LocalObjectReference',
  'V1NodeSelector',
  'V1NodeSelectorTerm',
  'V1ObjectFieldSelector',
  'V1ObjectReference',
  'V1OwnerReference',
  'V1PodSpec.nodeSelector',
  'V1ResourceFieldSelector',
  'V1SecretKeySelector',
  'V1ServiceBackendPort',
  'V1ServiceSpec.selector',
  'V1TypedLocalObjectReference',
]);

/** Strings, or maps of strings, that are quantities. */
export const QUANTITIES: ReadonlySet<string> = new Set([
  'V1ContainerStatus.allocatedResources',
  'V1EmptyDirVolumeSource.sizeLimit',
  'V1NodeAllocatableResourceClaimStatus.resources',
  'V1NodeStatus.allocatable',
  'V1NodeStatus.capacity',
  'V1PodSpec.overhead',
  'V1PodStatus.allocatedResources',
  'V1ResourceFieldSelector.divisor',
  'V1ResourceRequirements.limits',
  'V1ResourceRequirements.requests',
  'V1VolumeResourceRequirements.limits',
  'V1VolumeResourceRequirements.requests',
]);

/** Lists that are shown even when they are empty. Every other empty list or map is as good as absent. */
export const SHOWN_EMPTY: ReadonlySet<string> = new Set([
  'V1Endpoint.addresses',
  'V1EndpointSlice.endpoints',
  'V1EndpointSlice.ports',
  'V1ObjectMeta.managedFields',
  'V1PodSpec.containers',
]);
