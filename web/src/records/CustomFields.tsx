import type { ReactNode } from "react";
import { t } from "@/messages";
import { Field, Input, Select } from "@/ui/Field";
import { fieldDraft, fieldText, fieldValue } from "./fields";
import { Property } from "./Property";
import type { FieldDefinition, FieldValues } from "./types";

/** A record's custom values, each changed where it stands. */
export function CustomFieldProperties({
  definitions,
  values,
  canEdit,
  onSave,
}: {
  definitions: readonly FieldDefinition[];
  values: FieldValues;
  canEdit: boolean;
  /** Gets the one changed value by its key, and all values as they will be. */
  onSave: (change: FieldValues, all: FieldValues) => Promise<unknown>;
}): ReactNode {
  return definitions.map((definition) => {
    const { key, label, type, required } = definition;
    const value = values[key];
    return (
      <Property
        key={key}
        name={`fields.${key}`}
        label={label}
        value={fieldDraft(value)}
        shown={fieldText(definition, value)}
        required={required}
        canEdit={canEdit}
        type={type === "list" || type === "boolean" ? "choice" : type}
        choices={choicesOf(definition)}
        onSave={(text) => {
          const next = fieldValue(definition, text);
          return onSave({ [key]: next }, { ...values, [key]: next });
        }}
      />
    );
  });
}

function choicesOf(definition: FieldDefinition) {
  if (definition.type === "boolean") {
    return [
      { value: "true", label: t("ui.yes") },
      { value: "false", label: t("ui.no") },
    ];
  }
  return definition.options.map((o) => ({ value: o, label: o }));
}

/** Custom fields inside a Form; their values stand in it as `fields.<key>`. */
export function CustomFieldInputs({
  definitions,
}: {
  definitions: readonly FieldDefinition[];
}): ReactNode {
  return definitions.map((definition) => {
    const { key, label, type, required } = definition;
    return (
      <Field key={key} name={`fields.${key}`} label={label} required={required}>
        {type === "list" || type === "boolean" ? (
          <Select>
            <option value="">{t("records.empty")}</option>
            {choicesOf(definition).map((o) => (
              <option key={o.value} value={o.value}>
                {o.label}
              </option>
            ))}
          </Select>
        ) : (
          <Input
            type={type === "date" ? "date" : "text"}
            inputMode={type === "number" ? "decimal" : undefined}
            dir="auto"
          />
        )}
      </Field>
    );
  });
}

/** What a form starts with: the defaults of the workspace. */
export function initialFields(definitions: readonly FieldDefinition[]): Record<string, string> {
  return Object.fromEntries(definitions.map((d) => [`fields.${d.key}`, fieldDraft(d.default)]));
}

/** The custom values that were filled in, by key. */
export function filledFields(
  definitions: readonly FieldDefinition[],
  values: Record<string, string | boolean>,
): FieldValues {
  const filled: FieldValues = {};
  for (const definition of definitions) {
    const value = fieldValue(definition, String(values[`fields.${definition.key}`] ?? ""));
    if (value !== null) filled[definition.key] = value;
  }
  return filled;
}
