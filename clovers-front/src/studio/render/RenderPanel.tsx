import {
  Button,
  Group,
  Menu,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import IconChevronDown from "@tabler/icons-react/dist/esm/icons/IconChevronDown.mjs";
import { useState } from "react";
import type { RenderMode, RenderSampler } from "../../api/types";
import {
  defaultOptions,
  limitOf,
  modeHints,
  modeLabels,
  type NumberOption,
  type OptionLimits,
  priorities,
  priorityLabels,
  type RenderOptions,
  renderModes,
  renderSamplers,
  samplerHints,
  samplerLabels,
  thresholds,
} from "../../scene/options";
import { optionProblem, type Problem } from "../../scene/problems";
import { count } from "../../ui/words";
import { useDraft } from "../use-draft";

interface RenderPanelProps {
  limits: OptionLimits;
  problems: readonly Problem[];
}

// What the contract gains and this page lacks is an error here.
const modes: Record<RenderMode, string> = modeLabels;
const samplers: Record<RenderSampler, string> = samplerLabels;

const presets = [
  { label: "512 × 512", width: 512, height: 512 },
  { label: "1024 × 1024", width: 1024, height: 1024 },
  { label: "640 × 360", width: 640, height: 360 },
  { label: "1280 × 720 (HD)", width: 1280, height: 720 },
  { label: "1920 × 1080 (Full HD)", width: 1920, height: 1080 },
  { label: "3840 × 2160 (4K)", width: 3840, height: 2160 },
];

/** How the final picture is to be made. */
export function RenderPanel({ limits, problems }: RenderPanelProps) {
  const options = useDraft((draft) => draft.document.options);
  const name = useDraft((draft) => draft.document.name);
  const priority = useDraft((draft) => draft.document.priority);
  const setOptions = useDraft((draft) => draft.setOptions);
  const setName = useDraft((draft) => draft.setName);
  const setPriority = useDraft((draft) => draft.setPriority);
  const change = (changes: RenderOptions) => setOptions({ ...options, ...changes });
  // A threshold of 0 is wrong, but being typed.
  const isAdaptive = options.adaptive !== undefined && options.adaptive !== false;
  const number = (field: NumberOption) => ({
    field,
    value: options[field],
    limit: limitOf(field, limits),
    error: optionProblem(problems, field),
    onChange: (value: number | undefined) => change({ [field]: value }),
  });

  return (
    <Stack component="section" gap="sm" p="sm" aria-labelledby="settings-title">
      <Group justify="space-between">
        <Title order={2} size="h5" id="settings-title">
          Render settings
        </Title>
        <Menu position="bottom-end">
          <Menu.Target>
            <Button
              size="compact-xs"
              variant="subtle"
              color="gray"
              rightSection={<IconChevronDown size={12} aria-hidden />}
            >
              Sizes
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {presets.map(({ label, width, height }) => (
              <Menu.Item key={label} onClick={() => change({ width, height })}>
                {label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </Group>

      <TextInput
        size="xs"
        label="Name"
        placeholder="Untitled"
        value={name}
        error={optionProblem(problems, "name")}
        onChange={(event) => setName(event.currentTarget.value)}
        {...jumpTarget("name")}
      />
      <Group gap="xs" grow align="start">
        <NumberField label="Width" unit="px" {...number("width")} />
        <NumberField label="Height" unit="px" {...number("height")} />
      </Group>
      {limits.max_pixels !== undefined && (
        <Text size="xs" c="dimmed" mt={-6}>
          Together at most {count(limits.max_pixels)} pixels
        </Text>
      )}
      <Group gap="xs" grow align="start">
        <NumberField label="Samples" unit="per pixel" {...number("samples")} />
        <NumberField label="Bounces" unit="at most" {...number("max_depth")} />
      </Group>
      <Select
        size="xs"
        label="Mode"
        description={modeHints[options.mode ?? defaultOptions.mode]}
        data={Object.entries(modes).map(([value, label]) => ({ value, label }))}
        value={options.mode ?? defaultOptions.mode}
        allowDeselect={false}
        error={optionProblem(problems, "mode")}
        onChange={(value) => change({ mode: renderModes.find((mode) => mode === value) })}
        {...jumpTarget("mode")}
      />
      <Select
        size="xs"
        label="Sampler"
        description={samplerHints[options.sampler ?? defaultOptions.sampler]}
        data={Object.entries(samplers).map(([value, label]) => ({ value, label }))}
        value={options.sampler ?? defaultOptions.sampler}
        allowDeselect={false}
        error={optionProblem(problems, "sampler")}
        onChange={(value) => change({ sampler: renderSamplers.find((known) => known === value) })}
        {...jumpTarget("sampler")}
      />
      <Switch
        size="xs"
        label="Adaptive: fewer samples where there is little noise"
        checked={isAdaptive}
        onChange={(event) => change({ adaptive: event.currentTarget.checked || undefined })}
      />
      {isAdaptive && (
        <ThresholdField
          adaptive={options.adaptive}
          error={optionProblem(problems, "adaptive")}
          onChange={(adaptive) => change({ adaptive })}
        />
      )}
      <Switch
        size="xs"
        label="Denoise: for few samples; previews always are"
        checked={options.denoise ?? defaultOptions.denoise}
        onChange={(event) => change({ denoise: event.currentTarget.checked || undefined })}
        {...jumpTarget("denoise")}
      />
      <TextInput
        size="xs"
        label="Seed"
        description="The same seed gives the same picture"
        inputMode="numeric"
        placeholder={defaultOptions.seed}
        value={options.seed ?? ""}
        error={optionProblem(problems, "seed")}
        onChange={({ currentTarget: { value } }) => change({ seed: value.trim() || undefined })}
        {...jumpTarget("seed")}
      />
      <Switch
        size="xs"
        label="Also as OpenEXR (linear, half float)"
        checked={options.exr ?? defaultOptions.exr}
        onChange={(event) => change({ exr: event.currentTarget.checked || undefined })}
        {...jumpTarget("exr")}
      />
      <div>
        <Text size="xs" fw={500} mb={4} id="priority-label">
          Priority
        </Text>
        <SegmentedControl
          size="xs"
          fullWidth
          aria-labelledby="priority-label"
          data={priorities.map((value) => ({ value, label: priorityLabels[value] }))}
          value={priority}
          onChange={(value) => setPriority(value)}
        />
      </div>
    </Stack>
  );
}

interface NumberFieldProps {
  field: NumberOption;
  label: string;
  unit: string;
  value: number | undefined;
  limit: number | undefined;
  error: string | undefined;
  onChange: (value: number | undefined) => void;
}

/** A whole number with its unit and limit; empty means the server's default. */
function NumberField({ field, label, unit, value, limit, error, onChange }: NumberFieldProps) {
  return (
    <NumberInput
      size="xs"
      label={label}
      description={limit === undefined ? unit : `${unit}, 1 – ${count(limit)}`}
      placeholder={String(defaultOptions[field])}
      value={value ?? ""}
      error={error}
      min={1}
      clampBehavior="none"
      allowDecimal={false}
      allowNegative={false}
      onChange={(next) => onChange(typeof next === "number" ? next : undefined)}
      {...jumpTarget(field)}
    />
  );
}

interface ThresholdFieldProps {
  adaptive: RenderOptions["adaptive"];
  error: string | undefined;
  onChange: (adaptive: number | true) => void;
}

/** The noise to stop at; empty means the server's default. */
function ThresholdField({ adaptive, error, onChange }: ThresholdFieldProps) {
  // What is not a number yet, such as "0.", must stay while it is typed.
  const [typed, setTyped] = useState<number | string>("");
  const unfinished = typeof typed === "string" ? typed : "";
  const value = typeof adaptive === "number" ? adaptive : unfinished;
  return (
    <NumberInput
      size="xs"
      label="Noise to stop at"
      description={`relative to the brightness, ${thresholds.least} – ${thresholds.largest}`}
      placeholder={String(thresholds.default)}
      value={Number(typed) === value ? typed : value}
      error={error}
      step={0.01}
      clampBehavior="none"
      allowNegative={false}
      onChange={(next) => {
        setTyped(next);
        onChange(next === "" || Number.isNaN(Number(next)) ? true : Number(next));
      }}
      {...jumpTarget("adaptive")}
    />
  );
}

/** Lets a problem of this option find its field. */
function jumpTarget(field: string) {
  return { id: optionFieldId(field) };
}

export function optionFieldId(field: string): string {
  return `option-${field}`;
}
