import { Center, Loader } from "@mantine/core";
import { type ComponentProps, lazy, Suspense } from "react";
import type { JsonEditor } from "./JsonEditor";

const Editor = lazy(async () => ({ default: (await import("./JsonEditor")).JsonEditor }));

/** The JSON editor, fetched when it is first shown. */
export function LazyJsonEditor(props: ComponentProps<typeof JsonEditor>) {
  return (
    <Suspense
      fallback={
        <Center h="100%">
          <Loader size="sm" role="progressbar" aria-label="Loading the editor" />
        </Center>
      }
    >
      <Editor {...props} />
    </Suspense>
  );
}
