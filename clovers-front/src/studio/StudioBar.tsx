import {
  Anchor,
  Button,
  type ButtonProps,
  FileButton,
  Menu,
  ScrollArea,
  Switch,
  Text,
  Tooltip,
} from "@mantine/core";
import IconChevronDown from "@tabler/icons-react/dist/esm/icons/IconChevronDown.mjs";
import IconDownload from "@tabler/icons-react/dist/esm/icons/IconDownload.mjs";
import IconEye from "@tabler/icons-react/dist/esm/icons/IconEye.mjs";
import IconFolderOpen from "@tabler/icons-react/dist/esm/icons/IconFolderOpen.mjs";
import IconIndentIncrease from "@tabler/icons-react/dist/esm/icons/IconIndentIncrease.mjs";
import IconPlayerPlay from "@tabler/icons-react/dist/esm/icons/IconPlayerPlay.mjs";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { examplesQuery } from "../api/examples";
import { explain } from "../api/problem";
import { downloadText } from "../scene/download";
import { formatText } from "../scene/format";
import { fileName } from "../scene/request";
import classes from "./Studio.module.css";
import { useDraft } from "./use-draft";

interface StudioBarProps {
  /** Whether the preview follows the edits by itself. */
  follow: boolean;
  onFollowChange: (follow: boolean) => void;
  preview: Deed;
  render: Deed;
  onFile: (file: File) => void;
  onRevert: (() => void) | undefined;
}

/** Something to ask of the farm. */
interface Deed {
  run: () => void;
  busy: boolean;
  /** Why it cannot be asked for now, if it cannot. */
  hindrance: string | undefined;
}

/** What can be done with the scene as a whole. */
export function StudioBar(props: StudioBarProps) {
  const { follow, onFollowChange, preview, render, onFile, onRevert } = props;
  const text = useDraft((draft) => draft.document.text);
  const name = useDraft((draft) => draft.document.name);
  const setText = useDraft((draft) => draft.setText);
  const edited = useDraft((draft) => draft.edited);
  return (
    <div className={classes.bar} role="toolbar" aria-label="Scene">
      <ExamplesMenu />
      <FileButton accept="application/json,.json" onChange={(file) => file && onFile(file)}>
        {(button) => (
          <Button {...button} {...plain} leftSection={<IconFolderOpen size={15} aria-hidden />}>
            <span className={classes.label}>Open</span>
          </Button>
        )}
      </FileButton>
      <Button
        {...plain}
        leftSection={<IconDownload size={15} aria-hidden />}
        onClick={() => downloadText(text, fileName(name, "json"))}
      >
        <span className={classes.label}>Save file</span>
      </Button>
      <Button
        {...plain}
        leftSection={<IconIndentIncrease size={15} aria-hidden />}
        onClick={() => setText(formatText(text))}
      >
        <span className={classes.label}>Format</span>
      </Button>
      <div className={classes.origin}>
        <span className={classes.originName}>{name || "Untitled"}</span>
        {edited && <span className={classes.dim}>edited</span>}
        {edited && onRevert && (
          <Anchor component="button" size="xs" onClick={onRevert}>
            Revert
          </Anchor>
        )}
      </div>
      <div className={classes.barSpace} />
      <div className={classes.deeds}>
        <Switch
          size="xs"
          label="Follow edits"
          checked={follow}
          onChange={(event) => onFollowChange(event.currentTarget.checked)}
        />
        <DeedButton {...preview} variant="default" leftSection={<IconEye size={15} aria-hidden />}>
          Preview
        </DeedButton>
        <DeedButton {...render} leftSection={<IconPlayerPlay size={15} aria-hidden />}>
          Render
        </DeedButton>
      </div>
    </div>
  );
}

/** A button that, when it cannot be pressed, still says why. */
function DeedButton({ run, busy, hindrance, ...rest }: Deed & ButtonProps) {
  return (
    <Tooltip label={hindrance} disabled={!hindrance}>
      <Button
        size="xs"
        loading={busy}
        data-disabled={hindrance !== undefined || undefined}
        aria-disabled={hindrance !== undefined}
        onClick={() => {
          if (!hindrance) run();
        }}
        {...rest}
      />
    </Tooltip>
  );
}

const plain = {
  size: "xs",
  variant: "subtle",
  color: "gray",
  px: "xs",
  className: classes.compact,
} as const;

function ExamplesMenu() {
  const { data: examples, error } = useQuery(examplesQuery);
  const navigate = useNavigate();
  return (
    <Menu width={380} position="bottom-start" shadow="md">
      <Menu.Target>
        <Button
          {...plain}
          className={undefined}
          rightSection={<IconChevronDown size={13} aria-hidden />}
        >
          Examples
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <ScrollArea.Autosize mah="70dvh">
          {error && (
            <Text size="sm" p="xs">
              {explain(error)}
            </Text>
          )}
          {examples?.map(({ name, title, description }) => (
            <Menu.Item
              key={name}
              onClick={() => void navigate({ to: "/studio", search: { example: name } })}
            >
              <Text size="sm" fw={550}>
                {title}
              </Text>
              <Text size="xs" c="dimmed">
                {description}
              </Text>
            </Menu.Item>
          ))}
        </ScrollArea.Autosize>
      </Menu.Dropdown>
    </Menu>
  );
}
