import { useQueryClient } from "@tanstack/react-query";
import SearchX from "lucide-react/icons/search-x";
import Trash2 from "lucide-react/icons/trash-2";
import { type ReactNode, useState } from "react";
import { keys } from "@/api/keys";
import { t } from "@/messages";
import { call } from "@/records/wire";
import { Button } from "@/ui/Button";
import { ConfirmByTyping, Dialog } from "@/ui/Dialog";
import { Checkbox, Field, Input, Select, Textarea } from "@/ui/Field";
import { Form, type FormState, useForm } from "@/ui/form";
import { EmptyState } from "@/ui/states";
import { toast } from "@/ui/toast";
import { FormFoot } from "./bits";
import {
  bodyOf,
  type FieldValues,
  keyFrom,
  nextPosition,
  optionsOf,
  typeOf,
  valuesOf,
} from "./fieldForm";
import { type CustomField, type FieldObject, fieldTypes } from "./types";

/** The window of one custom field, or of a new one. */
export function FieldDialog({
  object,
  fields,
  openId,
  isNew,
  onClose,
}: {
  object: FieldObject;
  fields: readonly CustomField[];
  openId: string | undefined;
  isNew: boolean;
  onClose: () => void;
}): ReactNode {
  const field = fields.find((f) => f.id === openId);
  return (
    <Dialog
      open={isNew || openId !== undefined}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={isNew ? t(`settings.fields.newOf.${object}`) : t("settings.fields.one")}
    >
      {isNew || field ? (
        <FieldForm
          key={field?.id ?? "new"}
          object={object}
          fields={fields}
          {...(!isNew && field ? { field } : {})}
          onClose={onClose}
        />
      ) : (
        <EmptyState icon={SearchX} title={t("ui.notFound")} />
      )}
    </Dialog>
  );
}

function FieldForm({
  object,
  fields,
  field,
  onClose,
}: {
  object: FieldObject;
  fields: readonly CustomField[];
  field?: CustomField;
  onClose: () => void;
}): ReactNode {
  const queries = useQueryClient();
  const form = useForm<FieldValues>({
    initial: valuesOf(field),
    async submit(values) {
      const body = bodyOf(values);
      if (field) {
        await call("PUT", `/fields/${field.id}`, { body });
        toast.done(t("settings.fields.saved", { name: body.label }));
      } else {
        await call("POST", "/fields", {
          body: {
            ...body,
            object,
            key: values.key.trim() || keyFrom(values.label),
            type: typeOf(values),
            position: nextPosition(fields),
          },
        });
        toast.done(t("settings.fields.created", { name: body.label }));
      }
      await queries.invalidateQueries({ queryKey: keys.all("fields") });
      onClose();
    },
  });
  const type = typeOf(form.values);
  return (
    <Form form={form} label={t("settings.fields.one")} className="flex flex-col gap-4">
      <Field name="label" label={t("settings.fields.label")} required>
        <Input dir="auto" autoComplete="off" autoFocus={!field} />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field name="type" label={t("settings.fields.type")}>
          <Select disabled={field !== undefined}>
            {fieldTypes.map((value) => (
              <option key={value} value={value}>
                {t(`settings.fields.type.${value}`)}
              </option>
            ))}
          </Select>
        </Field>
        <Field name="key" label={t("settings.fields.key")}>
          <Input
            dir="ltr"
            autoComplete="off"
            spellCheck={false}
            disabled={field !== undefined}
            placeholder={keyFrom(form.values.label)}
            className="font-mono"
          />
        </Field>
      </div>
      <p className="-mt-2 text-sm text-faint">{t("settings.fields.fixedHint")}</p>
      {type === "list" && (
        <Field
          name="options"
          label={t("settings.fields.options")}
          hint={t("settings.fields.optionsHint")}
        >
          <Textarea rows={5} />
        </Field>
      )}
      <Rules form={form} />
      <DefaultValue form={form} />
      <div className="flex flex-col gap-2">
        <Checkbox
          name="required"
          label={t("settings.fields.required")}
          hint={t("settings.fields.requiredHint")}
        />
        <Checkbox
          name="indexed"
          label={t("settings.fields.indexed")}
          hint={t("settings.fields.indexedHint")}
        />
      </div>
      <FormFoot
        form={form}
        label={field ? t("ui.save") : t("settings.fields.create")}
        isChanged={form.isChanged}
        onCancel={onClose}
      >
        {field && <DeleteField field={field} onDeleted={onClose} />}
      </FormFoot>
    </Form>
  );
}

/** What values must obey; each type has its own. */
function Rules({ form }: { form: FormState<FieldValues> }): ReactNode {
  switch (typeOf(form.values)) {
    case "number":
      return (
        <div className="grid gap-4 sm:grid-cols-2">
          <Field name="rules.min" label={t("settings.fields.min")}>
            <Input type="number" step="any" />
          </Field>
          <Field name="rules.max" label={t("settings.fields.max")}>
            <Input type="number" step="any" />
          </Field>
        </div>
      );
    case "date":
      return (
        <div className="grid gap-4 sm:grid-cols-2">
          <Field name="rules.minDate" label={t("settings.fields.minDate")}>
            <Input type="date" />
          </Field>
          <Field name="rules.maxDate" label={t("settings.fields.maxDate")}>
            <Input type="date" />
          </Field>
        </div>
      );
    case "text":
      return (
        <div className="grid gap-4 sm:grid-cols-[2fr_1fr]">
          <Field
            name="rules.pattern"
            label={t("settings.fields.pattern")}
            hint={t("settings.fields.patternHint")}
          >
            <Input dir="ltr" spellCheck={false} className="font-mono" />
          </Field>
          <Field name="rules.maxLength" label={t("settings.fields.maxLength")}>
            <Input type="number" min={1} />
          </Field>
        </div>
      );
    default:
      return null;
  }
}

/** What new objects get, entered as the type is. */
function DefaultValue({ form }: { form: FormState<FieldValues> }): ReactNode {
  const type = typeOf(form.values);
  const options =
    type === "boolean"
      ? [
          { value: "true", label: t("ui.yes") },
          { value: "false", label: t("ui.no") },
        ]
      : optionsOf(form.values.options).map((value) => ({ value, label: value }));
  return (
    <Field
      name="default"
      label={t("settings.fields.default")}
      hint={t("settings.fields.defaultHint")}
    >
      {type === "boolean" || type === "list" ? (
        <Select>
          <option value="">{t("settings.fields.noDefault")}</option>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </Select>
      ) : (
        <Input type={type === "date" ? "date" : type === "number" ? "number" : "text"} dir="auto" />
      )}
    </Field>
  );
}

function DeleteField({
  field,
  onDeleted,
}: {
  field: CustomField;
  onDeleted: () => void;
}): ReactNode {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button look="quiet" icon={Trash2} onClick={() => setAsking(true)}>
        {t("settings.fields.delete")}
      </Button>
      <ConfirmByTyping
        open={asking}
        onOpenChange={setAsking}
        title={t("settings.fields.deleteTitle", { name: field.label })}
        description={t("settings.fields.deleteText")}
        name={field.label}
        action={t("settings.fields.delete")}
        onConfirm={async () => {
          try {
            await call("DELETE", `/fields/${field.id}`);
            toast.done(t("settings.fields.deleted", { name: field.label }));
            onDeleted();
          } catch (error) {
            toast.failed(t("settings.notDeleted"), error);
          }
          void queries.invalidateQueries({ queryKey: keys.all("fields") });
        }}
      />
    </>
  );
}
