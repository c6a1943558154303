/**
 * The parts of Kubernetes objects that Cairn decides on, in one strict form.
 *
 * Pure. `kube/objects.ts` reads the API's JSON into these, with every default filled in and every field that nobody
 * asks about dropped, so that the pure rooms need no client library and a cache of 10,000 Services stays small.
 *
 * Source: the API reference of Kubernetes 1.36 (core/v1, discovery.k8s.io/v1).
 * @module
 */
import type { Family } from './address.js';
import type { Labels } from './labels.js';
import type { NodeName, ServiceKey } from './names.js';

export interface Meta {
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** RFC 3339, seconds: compares as text. */
  readonly createdAt: string;
  /** `metadata.deletionTimestamp` is set. */
  readonly deleting: boolean;
  readonly labels: Labels;
  /** Cairn's and MetalLB's alone (`ANNOTATION_PREFIXES`): nobody asks about others. */
  readonly annotations: Labels;
}

export type Protocol = 'TCP' | 'UDP' | 'SCTP';

export interface ServicePort {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  /** 0 where none is allocated. */
  readonly nodePort: number;
}

/** One entry of `status.loadBalancer.ingress`, as text: another provider may have written it. */
export interface Ingress {
  readonly ip: string;
  readonly hostname: string;
  /** Empty where the API server is older than 1.30 or nobody set it. */
  readonly ipMode: string;
}

/** `metav1.Condition`. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
}

export interface Service {
  readonly key: ServiceKey;
  readonly meta: Meta;
  readonly generation: number;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  readonly loadBalancerClass: string | undefined;
  /** `spec.loadBalancerIP`, empty where absent; text, as a user may write anything. */
  readonly loadBalancerIP: string;
  readonly ipFamilies: readonly Family[];
  readonly ipFamilyPolicy: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack';
  readonly externalTrafficPolicy: 'Cluster' | 'Local';
  readonly sessionAffinity: 'None' | 'ClientIP';
  /** `spec.loadBalancerSourceRanges`, as text. */
  readonly loadBalancerSourceRanges: readonly string[];
  readonly ports: readonly ServicePort[];
  readonly selector: Labels;
  readonly ingress: readonly Ingress[];
  readonly conditions: readonly Condition[];
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

export interface Node {
  readonly name: NodeName;
  readonly meta: Meta;
  /** Cordoned. */
  readonly unschedulable: boolean;
  readonly taints: readonly Taint[];
  /** `status.conditions` by type. */
  readonly conditions: Readonly<Record<string, 'True' | 'False' | 'Unknown'>>;
  /** `status.addresses`, as text: InternalIP and ExternalIP alone. */
  readonly addresses: readonly string[];
  /** `spec.podCIDRs`, as text: the pods of this node, where the network plugin keeps to them. */
  readonly podCIDRs: readonly string[];
}

export interface Endpoint {
  /** As text. Any of them stands for the endpoint; in practice there is one. */
  readonly addresses: readonly string[];
  readonly nodeName: NodeName | undefined;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
}

export interface EndpointPort {
  /** That of the Service's port; empty where it has none. */
  readonly name: string;
  readonly protocol: Protocol;
  /** 0 where a slice that somebody wrote by hand leaves it open. */
  readonly port: number;
}

export interface EndpointSlice {
  readonly meta: Meta;
  /** From the label `kubernetes.io/service-name`; undefined for a slice of nobody's. */
  readonly service: ServiceKey | undefined;
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  /** The same for every endpoint of the slice. */
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

export interface Namespace {
  readonly meta: Meta;
}

export interface Pod {
  readonly meta: Meta;
  /** Undefined before it is scheduled. */
  readonly node: NodeName | undefined;
  /** A container of it runs now. */
  readonly isRunning: boolean;
}

export interface ConfigMap {
  readonly meta: Meta;
  readonly data: Readonly<Record<string, string>>;
}

/** What the Service's condition of this type says. */
export const conditionOf = (service: Service, type: string): Condition | undefined =>
  service.conditions.find((condition) => condition.type === type);
