/**
 * What the controller writes into a Service: one patch of its status subresource.
 * @module
 */
import type { ServiceKey } from '../values/names.js';
import type { Condition, Ingress, Service } from '../values/objects.js';
import type { ApiClient, RequestOptions } from './client.js';

/** What to change; what is absent stays. */
export interface ServiceWrite {
  /** The version the decision was made on: another one in the API answers 409 Conflict. */
  readonly resourceVersion: string;
  /** Replaces all of them; empty takes the addresses away. */
  readonly ingress?: readonly Ingress[];
  /** By type; conditions of other types stay as they are. */
  readonly conditions?: readonly Condition[];
  /** Types of ours to take away. */
  readonly dropConditions?: readonly string[];
  /** `null` takes an annotation away. */
  readonly annotations?: Readonly<Record<string, string | null>>;
}

export declare function servicePatch(write: ServiceWrite): object;

/** The Service as it is after the patch. Throws ApiError: 409 when somebody else wrote it meanwhile, 404 when it is gone. */
export declare function patchService(
  client: ApiClient,
  key: ServiceKey,
  write: ServiceWrite,
  options?: Pick<RequestOptions, 'signal' | 'timeoutMs'>,
): Promise<Service>;
