import { findNodeAtLocation, type Node } from "jsonc-parser";

/** What the status line says about a scene. */
export interface SceneFacts {
  objects: number;
  materials: number;
}

/**
 * Counts the objects, those in lists and transforms included, and the shared materials. Reads every
 * revision of the format, and any other JSON without a complaint: the server is who judges.
 */
export function sceneFacts(root: Node | undefined): SceneFacts {
  const members = (key: string) => (root && findNodeAtLocation(root, [key]))?.children ?? [];
  const objects = members("objects");
  return {
    objects: countObjects([...objects, ...withoutCopies(members("priority_objects"), objects)]),
    materials: members("materials").length,
  };
}

/** A stack instead of a recursion, since nobody has checked yet how deep a text nests. */
function countObjects(objects: Node[]): number {
  let count = 0;
  const waiting = objects.map(kindAndFields);
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const inside = childrenOf(next);
    // One by one: a call takes only so many arguments.
    if (inside) for (const object of inside) waiting.push(kindAndFields(object));
    else if (next.fields.type === "object") count += 1;
  }
  return count;
}

interface KindAndFields {
  kind: unknown;
  fields: Node;
}

/** An object is `{"kind": "Sphere", …}`; in the oldest revision it was `{"Sphere": {…}}`. */
function kindAndFields(object: Node): KindAndFields {
  const kind = findNodeAtLocation(object, ["kind"]);
  const [key, fields] = object.children?.[0]?.children ?? [];
  const oldest = !kind && object.type === "object" && object.children?.length === 1;
  return oldest && key && fields?.type === "object"
    ? { kind: key.value, fields }
    : { kind: kind?.value, fields: object };
}

/** What a list or a transform holds. A medium is one object: its boundary is not seen. */
function childrenOf({ kind, fields }: KindAndFields): Node[] | undefined {
  switch (kind) {
    case "ObjectList":
      return findNodeAtLocation(fields, ["objects"])?.children ?? [];
    case "Translate":
    case "RotateY": {
      const object = findNodeAtLocation(fields, ["object"]);
      return object ? [object] : [];
    }
    default:
      return undefined;
  }
}

/** Older revisions list lights in `priority_objects`, often once more than in `objects`. */
function withoutCopies(priority: Node[], objects: Node[]): Node[] {
  if (priority.length === 0) return priority;
  const seen = new Set(objects.map(contentOf));
  return priority.filter((object) => !seen.has(contentOf(object)));
}

/** The same for two nodes of the same content, however they are laid out. */
function contentOf(node: Node): string {
  const words: string[] = [];
  const waiting = [node];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { type, children, value } = next;
    words.push(children ? `${type} ${children.length}` : JSON.stringify(value));
    for (const child of children ?? []) waiting.push(child);
  }
  return words.join();
}
