import type { LucideIcon } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { cx } from "@/lib/cx";
import { Kbd } from "./Kbd";
import { Tooltip } from "./Tooltip";

type Look = "primary" | "plain" | "quiet" | "danger";
type Size = "small" | "normal" | "large";

const looks: Record<Look, string> = {
  primary: "bg-accent text-on-accent not-disabled:hover:bg-accent-hover",
  plain: "border border-line-strong bg-bg not-disabled:hover:bg-hover",
  quiet: "text-muted not-disabled:hover:bg-hover not-disabled:hover:text-text",
  danger: "bg-danger-solid text-on-accent not-disabled:hover:brightness-95",
};

const sizes: Record<Size, string> = {
  small: "min-h-6 px-2 text-sm",
  normal: "min-h-7 px-2.5",
  large: "min-h-9 px-4",
};

export interface ButtonProps extends ComponentProps<"button"> {
  look?: Look;
  size?: Size;
  icon?: LucideIcon | undefined;
  /** The shortcut that does the same, shown at the end. */
  keys?: string | undefined;
  /** Work is under way: the button keeps its width and cannot be pressed again. */
  busy?: boolean;
}

export function Button({
  look = "plain",
  size = "normal",
  icon: Icon,
  keys,
  busy = false,
  className,
  children,
  disabled,
  type = "button",
  ...rest
}: ButtonProps): ReactNode {
  return (
    <button
      type={type}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={cx(
        "relative inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap select-none",
        "transition-colors duration-100 disabled:opacity-60",
        looks[look],
        sizes[size],
        className,
      )}
      {...rest}
    >
      {Icon && <Icon size={14} aria-hidden className={cx("shrink-0", busy && "invisible")} />}
      <span className={cx("contents", busy && "*:invisible")}>{children}</span>
      {keys && <Kbd keys={keys} inherit={look === "primary" || look === "danger"} />}
      {busy && <span className="sr-only">…</span>}
    </button>
  );
}

export interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  icon: LucideIcon;
  /** What it does; the tooltip and the name for screen readers. */
  label: string;
  keys?: string | undefined;
  size?: "small" | "normal";
  pressed?: boolean | undefined;
}

export function IconButton({
  icon: Icon,
  label,
  keys,
  size = "normal",
  pressed,
  className,
  type = "button",
  ...rest
}: IconButtonProps): ReactNode {
  return (
    <Tooltip label={label} keys={keys}>
      <button
        type={type}
        aria-label={label}
        aria-pressed={pressed}
        className={cx(
          "inline-flex shrink-0 items-center justify-center rounded-md text-muted transition-colors duration-100",
          "not-disabled:hover:bg-hover not-disabled:hover:text-text disabled:opacity-50",
          "aria-pressed:bg-selected aria-pressed:text-accent-text",
          size === "small" ? "size-6" : "size-7",
          className,
        )}
        {...rest}
      >
        <Icon size={size === "small" ? 14 : 16} aria-hidden />
      </button>
    </Tooltip>
  );
}
