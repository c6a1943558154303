/**
 * Objects of the API as the embedded server holds them: plain JSON.
 *
 * Never changed once stored: whoever wants another one makes a copy.
 * @module
 */

/** Any JSON value that is no array and no scalar. */
// biome-ignore lint/suspicious/noExplicitAny: the server holds objects of every kind; schema/ says what each field is
export type JsonObject = { [field: string]: any };

/** Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ */
export interface ObjectMeta {
  name: string;
  generateName?: string;
  /** Absent for what belongs to no namespace. */
  namespace?: string;
  uid: string;
  /** Decimal; greater for every later write to the whole server, as etcd's revision is. */
  resourceVersion: string;
  /** Only kinds that have a spec count it. */
  generation?: number;
  /** RFC 3339 in whole seconds. */
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: JsonObject[];
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ApiObject extends JsonObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}
