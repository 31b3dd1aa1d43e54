import { type ReactNode, useId } from "react";
import { cx } from "@/lib/cx";

/** A few exclusive choices side by side: a theme, reply or note, list or board. */
export function ChoiceRow<T extends string>({
  label,
  value,
  options,
  onChange,
  size = "normal",
}: {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
  size?: "small" | "normal";
}): ReactNode {
  const name = useId();
  return (
    <fieldset className="inline-flex w-fit rounded-md border bg-sunken p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          className={cx(
            "rounded-sm px-2.5 whitespace-nowrap text-muted select-none hover:text-text",
            "has-checked:bg-raised has-checked:font-medium has-checked:text-text has-checked:shadow-[0_0_0_1px_var(--line)]",
            "has-focus-visible:outline-2 has-focus-visible:outline-focus",
            size === "small" ? "min-h-6 leading-6 text-sm" : "min-h-7 leading-7",
          )}
        >
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
            className="sr-only"
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}
