import type { Key } from './keys.ts';

/** An item on the due index, by kind. */
export type DueItem =
  | { readonly kind: 'rescore'; readonly id: string; readonly number: number; readonly key: Key }
  | { readonly kind: 'source'; readonly id: string; readonly place: number; readonly key: Key }
  | { readonly kind: 'installation'; readonly id: string; readonly key: Key }
  | {
      readonly kind: 'workflow' | 'group' | 'run' | 'leaderboard' | 'user';
      readonly id: string;
      readonly key: Key;
    }
  | { readonly kind: 'delivery'; readonly id: string; readonly key: Key }
  | {
      readonly kind: 'upload' | 'multipart-upload';
      readonly id: string;
      readonly groupId: string;
      readonly key: Key;
    };

const filesOfGroups = { DELETED: 'upload', DIRECT: 'multipart-upload' } as const;

/** @throws Error for an item that does not belong on the index: a fault of the product */
export function dueItem(key: Key): DueItem {
  const [type = '', id = ''] = key.pk.split('#');
  const [part = '', fileId] = key.sk.split('#');
  if (type === 'GROUP' && fileId !== undefined && Object.hasOwn(filesOfGroups, part)) {
    return { kind: filesOfGroups[part as keyof typeof filesOfGroups], id: fileId, groupId: id, key };
  }
  if (type === 'WEBHOOKS' && (part === 'DELIVERY' || part === 'EVENT')) return { kind: 'delivery', id, key };
  if (type === 'WORKFLOW' && part === 'RESCORE') return { kind: 'rescore', id, number: Number(fileId), key };
  if (type === 'WORKFLOW' && part === 'SOURCE') return { kind: 'source', id, place: Number(fileId), key };
  if (type === 'WORKFLOW' && part === 'INSTALLATION') return { kind: 'installation', id, key };
  if (type === 'WORKFLOW') return { kind: part === 'BOARD' ? 'leaderboard' : 'workflow', id, key };
  const kind = ({ RUN: 'run', GROUP: 'group', USER: 'user' } as const)[type];
  if (!kind) throw new Error(`unexpected item ${key.pk}/${key.sk} on the due index`);
  return { kind, id, key };
}
