/**
 * What a lab kubelet is told when it starts (as JSON in `LAB_KUBELET_CONFIG`).
 * @module
 */
import type { ApiAccess } from '../cluster/api.js';
import type { PodImage } from './images.js';

export interface KubeletConfig {
  readonly nodeName: string;
  readonly nodeAddress: string;
  /** Where pods with `hostNetwork` run, and probes come from. */
  readonly nodeNamespace: string;
  readonly podCidr: string;
  /** Pods' network namespaces are named by this and their address; none other begins with it. */
  readonly podNamespacePrefix: string;
  readonly logFolder: string;
  readonly api: ApiAccess;
  readonly images: readonly PodImage[];
}
