import Lock from "lucide-react/icons/lock";
import type { ReactNode } from "react";
import { t } from "@/messages";
import { Button } from "@/ui/Button";
import type { FormState } from "@/ui/form";

/** Buttons at the end of a form in a window: what leads away at the start, saving last. */
export function FormFoot({
  form,
  label,
  isChanged,
  onCancel,
  children,
}: {
  form: Pick<FormState, "isPending">;
  label: string;
  /** False while there is nothing to save. */
  isChanged: boolean;
  onCancel: () => void;
  children?: ReactNode;
}): ReactNode {
  return (
    <div className="-mx-4 mt-1 -mb-3 flex flex-wrap items-center gap-2 border-t px-4 py-3">
      {children}
      <span className="flex-1" />
      <Button onClick={onCancel}>{t("ui.cancel")}</Button>
      <Button type="submit" look="primary" busy={form.isPending} disabled={!isChanged}>
        {label}
      </Button>
    </div>
  );
}

/** Says why the controls below cannot be used. */
export function ReadOnlyNote({ children }: { children: ReactNode }): ReactNode {
  return (
    <p className="flex items-start gap-2 rounded-md bg-neutral-tint px-3 py-2 text-muted">
      <Lock size={14} aria-hidden className="mt-0.5 shrink-0" />
      <span>{children}</span>
    </p>
  );
}
