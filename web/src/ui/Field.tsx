import Eye from "lucide-react/icons/eye";
import EyeOff from "lucide-react/icons/eye-off";
import {
  type ChangeEvent,
  type ComponentProps,
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useId,
  useState,
} from "react";
import { cx } from "@/lib/cx";
import { t } from "@/messages";
import { useFormState } from "./form";

interface FieldControl {
  id: string;
  name: string;
  describedBy: string | undefined;
  invalid: boolean;
  required: boolean;
}

const FieldContext = createContext<FieldControl | null>(null);

/**
 * A label, a control, a hint and an error that belong together. Inside a Form
 * the control takes its value from the form's field of the same name.
 */
export function Field({
  name,
  label,
  hint,
  error: ownError,
  required = false,
  end,
  className,
  children,
}: {
  name: string;
  label: ReactNode;
  hint?: ReactNode;
  error?: string;
  required?: boolean;
  /** Stands across from the label: a link or a counter. */
  end?: ReactNode;
  className?: string;
  children: ReactNode;
}): ReactNode {
  const id = useId();
  const form = useFormState();
  const register = form?.register;
  // biome-ignore lint/correctness/useExhaustiveDependencies: register only touches a ref
  useEffect(() => {
    return register?.(name);
  }, [name]);
  const error = ownError ?? form?.errors[name];
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <FieldContext
      value={{ id, name, describedBy: describedBy || undefined, invalid: Boolean(error), required }}
    >
      <div className={cx("flex flex-col gap-1", className)}>
        <div className="flex items-baseline justify-between gap-2">
          <label htmlFor={id} className="font-medium">
            {label}
          </label>
          {end}
        </div>
        {children}
        {error && (
          <div id={`${id}-error`} className="text-sm text-danger">
            {error}
          </div>
        )}
        {hint && (
          <div id={`${id}-hint`} className="text-sm text-faint">
            {hint}
          </div>
        )}
      </div>
    </FieldContext>
  );
}

type ValueElement = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** What a control inside a Field needs: its identity, and its value when in a Form. */
function useControl() {
  const field = useContext(FieldContext);
  const form = useFormState();
  if (!field) return {};
  const inForm = form !== null && field.name in form.values;
  return {
    id: field.id,
    name: field.name,
    required: field.required,
    "aria-invalid": field.invalid || undefined,
    "aria-describedby": field.describedBy,
    ...(inForm && {
      value: String(form.values[field.name] ?? ""),
      onChange: (event: ChangeEvent<ValueElement>) => form.set(field.name, event.target.value),
    }),
  };
}

export function Input({ className, ...rest }: ComponentProps<"input">): ReactNode {
  return <input type="text" className={cx("control", className)} {...useControl()} {...rest} />;
}

export function Textarea({ className, ...rest }: ComponentProps<"textarea">): ReactNode {
  return (
    <textarea
      rows={4}
      dir="auto"
      className={cx("control resize-y py-1", className)}
      {...useControl()}
      {...rest}
    />
  );
}

export function Select({ className, ...rest }: ComponentProps<"select">): ReactNode {
  return <select className={cx("control", className)} {...useControl()} {...rest} />;
}

export function PasswordInput({
  autoComplete,
  className,
  ...rest
}: ComponentProps<"input"> & { autoComplete: "current-password" | "new-password" }): ReactNode {
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <div className="relative">
      <Input
        type={shown ? "text" : "password"}
        autoComplete={autoComplete}
        spellCheck={false}
        className={cx("pe-9", className)}
        {...rest}
      />
      <button
        type="button"
        aria-label={shown ? t("ui.hidePassword") : t("ui.showPassword")}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
        className="absolute inset-y-0 end-0 flex w-8 items-center justify-center rounded-md text-faint hover:text-text"
      >
        <Icon size={15} aria-hidden />
      </button>
    </div>
  );
}

type BoxProps = Omit<ComponentProps<"input">, "type"> & { label: ReactNode; hint?: ReactNode };

/** Props of a box that may stand in a Form (by name) or alone (checked, onChange). */
function useBox({ name, checked, onChange }: BoxProps) {
  const form = useFormState();
  if (checked !== undefined || !form || !name || !(name in form.values)) {
    return { name, checked, onChange };
  }
  return {
    name,
    checked: form.values[name] === true,
    onChange: (event: ChangeEvent<HTMLInputElement>) => form.set(name, event.target.checked),
  };
}

export function Checkbox({ label, hint, className, ...rest }: BoxProps): ReactNode {
  const box = useBox({ label, ...rest });
  return (
    <label className={cx("flex min-h-6 items-start gap-2", className)}>
      <input type="checkbox" {...rest} {...box} className="mt-0.5 size-4 shrink-0 accent-accent" />
      <span>
        {label}
        {hint && <span className="block text-sm text-faint">{hint}</span>}
      </span>
    </label>
  );
}

export function Switch({ label, hint, className, ...rest }: BoxProps): ReactNode {
  const box = useBox({ label, ...rest });
  return (
    <label className={cx("flex min-h-6 items-start gap-3", className)}>
      <input
        type="checkbox"
        role="switch"
        aria-checked={box.checked}
        {...rest}
        {...box}
        className={cx(
          "relative mt-0.5 h-4.5 w-8 shrink-0 appearance-none rounded-full bg-control transition-colors",
          "checked:bg-accent before:absolute before:inset-y-0.5 before:start-0.5 before:size-3.5",
          "before:rounded-full before:bg-on-accent before:transition-[inset-inline-start] checked:before:start-4",
        )}
      />
      <span>
        {label}
        {hint && <span className="block text-sm text-faint">{hint}</span>}
      </span>
    </label>
  );
}
