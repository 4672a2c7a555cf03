import { findNodeAtLocation, type Node } from "jsonc-parser";

/** A stretch of the text, as offsets. */
export interface TextRange {
  from: number;
  to: number;
}

/** Splits an RFC 6901 pointer into its unescaped keys; the empty pointer is the whole document. */
export function pointerKeys(pointer: string): string[] {
  if (pointer === "") return [];
  return pointer
    .replace(/^#?\//, "")
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The inverse of `pointerKeys`. */
export function toPointer(keys: readonly (string | number)[]): string {
  return keys.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** A text and the tree read from it, if it could be read as a tree. */
export interface TextTree {
  text: string;
  root: Node | undefined;
}

/**
 * Where `pointer` stands in a text. A pointer to something that is not there, such as a missing
 * key, gives the nearest parent that is, and of an object or array only its first line, so that
 * a mark never covers the whole document. `undefined` when the text is not JSON at all.
 */
export function rangeOfPointer({ text, root }: TextTree, pointer: string): TextRange | undefined {
  return root && firstLine(text, deepestNode(root, pointerKeys(pointer)));
}

function deepestNode(root: Node, keys: readonly string[]): Node {
  let node = root;
  for (const key of keys) {
    const segment = node.type === "array" ? Number(key) : key;
    const child = findNodeAtLocation(node, [segment]);
    if (!child) break;
    node = child;
  }
  return node;
}

function firstLine(text: string, node: Node): TextRange {
  const from = node.offset;
  const end = node.offset + node.length;
  const newline = text.indexOf("\n", from);
  return { from, to: newline >= 0 && newline < end ? newline : end };
}
