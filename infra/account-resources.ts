import {
  CloudControlClient,
  GetResourceCommand,
  paginateListResources,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudcontrol';
import type { ClientOptions } from './preflight/calls/clients.ts';

/** A resource's properties by the names of its CloudFormation type. */
export type Properties = Readonly<Record<string, unknown>>;
export type Resources = ReturnType<typeof createResources>;

/**
 * Reads resources of any type through Cloud Control, in the form that CloudFormation uses: one client instead of one
 * for each service. The caller needs the action of the service and `cloudformation:GetResource` or `ListResources`.
 */
export function createResources(options: ClientOptions, signal?: AbortSignal) {
  const client = new CloudControlClient(options);
  const send = signal ? { abortSignal: signal } : {};

  /** Undefined if the resource does not exist. */
  async function find(type: string, identifier: string): Promise<Properties | undefined> {
    try {
      const command = new GetResourceCommand({ TypeName: type, Identifier: identifier });
      const { ResourceDescription } = await client.send(command, send);
      return parse(ResourceDescription?.Properties);
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }

  async function list(type: string): Promise<{ identifier: string; properties: Properties }[]> {
    const found: { identifier: string; properties: Properties }[] = [];
    for await (const page of paginateListResources(
      { client },
      { TypeName: type },
      ...(signal ? [send] : []),
    )) {
      for (const { Identifier = '', Properties: text } of page.ResourceDescriptions ?? []) {
        found.push({ identifier: Identifier, properties: parse(text) });
      }
    }
    return found;
  }

  return { find, list };
}

function parse(text: string | undefined): Properties {
  const value: unknown = JSON.parse(text ?? '{}');
  return Object(value);
}
