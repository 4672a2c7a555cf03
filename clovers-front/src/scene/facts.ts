import { findNodeAtLocation, type Node } from "jsonc-parser";

/** What the status line says about a scene. */
export interface SceneFacts {
  objects: number;
  materials: number;
}

/** Counts the objects, those in lists and transforms included, and the shared materials. */
export function sceneFacts(root: Node | undefined): SceneFacts {
  return {
    objects: root ? countList(findNodeAtLocation(root, ["objects"])) : 0,
    materials: (root && findNodeAtLocation(root, ["materials"]))?.children?.length ?? 0,
  };
}

function countList(list: Node | undefined): number {
  return (list?.children ?? []).reduce((total, object) => total + countObject(object), 0);
}

function countObject(object: Node): number {
  if (object.type !== "object") return 0;
  const list = findNodeAtLocation(object, ["objects"]);
  if (list) return countList(list);
  const transformed = findNodeAtLocation(object, ["object"]);
  return transformed ? countObject(transformed) : 1;
}
