import { Button, Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import IconBraces from "@tabler/icons-react/dist/esm/icons/IconBraces.mjs";
import { useQuery } from "@tanstack/react-query";
import { requestQuery } from "../api/renders";
import { LazyJsonEditor } from "../editor/LazyJsonEditor";
import { downloadText } from "../scene/download";
import { fileName } from "../scene/request";
import classes from "./Render.module.css";

/** Shows the request a render was made from, letter for letter. */
export function RenderScene({ id, name }: { id: string; name: string }) {
  const [opened, { open, close }] = useDisclosure(false);
  const { data: request } = useQuery({ ...requestQuery(id), enabled: opened });
  return (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={<IconBraces size={15} aria-hidden />}
        onClick={open}
      >
        Scene JSON
      </Button>
      <Modal opened={opened} onClose={close} title="As it was submitted" size="xl">
        <div className={classes.scene}>
          {request !== undefined && <LazyJsonEditor label="Request" text={request} readOnly />}
        </div>
        <Button
          mt="sm"
          size="xs"
          variant="default"
          disabled={request === undefined}
          onClick={() => downloadText(request ?? "", fileName(name, "json"))}
        >
          Download JSON
        </Button>
      </Modal>
    </>
  );
}
