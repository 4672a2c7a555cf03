import type { Node } from "jsonc-parser";
import { parseText } from "./syntax";

const lineWidth = 96;

/**
 * Lays a JSON text out anew, two spaces a level; what fits stays on one line when it holds
 * plain values only, so vectors and colours read as such. Numbers and strings keep their
 * spelling. A text that is not JSON comes back as it is.
 */
export function formatText(text: string): string {
  const { root, problems } = parseText(text);
  if (!root || problems.length > 0) return text;
  return `${printNode(root, text, "")}\n`;
}

function printNode(node: Node, text: string, indent: string): string {
  const children = node.children ?? [];
  if (node.type !== "array" && node.type !== "object") {
    return text.slice(node.offset, node.offset + node.length);
  }
  const [open, close] = node.type === "array" ? ["[", "]"] : ["{", "}"];
  if (children.length === 0) return open + close;

  const inner = `${indent}  `;
  const parts = children.map((child) => printMember(child, text, inner));
  const padding = node.type === "array" ? "" : " ";
  const line = `${open}${padding}${parts.join(", ")}${padding}${close}`;
  const flat = children.every((child) => isFlat(child)) && line.length + indent.length <= lineWidth;
  return flat ? line : `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`;
}

function printMember(node: Node, text: string, indent: string): string {
  if (node.type !== "property") return printNode(node, text, indent);
  const [key, value] = node.children ?? [];
  if (!key || !value) return "";
  return `${printNode(key, text, indent)}: ${printNode(value, text, indent)}`;
}

function isFlat(node: Node): boolean {
  const value = node.type === "property" ? node.children?.[1] : node;
  return value?.type !== "object" && (value?.type !== "array" || isVector(value));
}

function isVector(node: Node): boolean {
  return (node.children ?? []).every(({ type }) => type === "number");
}

/** Takes away the indentation that a piece cut out of a larger text still carries. */
export function dedent(piece: string): string {
  const [first = "", ...rest] = piece.split("\n");
  const indents = rest.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const common = indents.length > 0 ? Math.min(...indents) : 0;
  return [first, ...rest.map((line) => line.slice(common))].join("\n");
}

const longestLine = 400;

/** Lays a text out only if it comes as a machine writes it, in lines nobody can read. */
export function makeReadable(text: string): string {
  return text.split("\n").some((line) => line.length > longestLine) ? formatText(text) : text;
}
