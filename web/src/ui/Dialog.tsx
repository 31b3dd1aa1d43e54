import X from "lucide-react/icons/x";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useState } from "react";
import { cx } from "@/lib/cx";
import { t } from "@/messages";
import { Button } from "./Button";
import { Field, Input } from "./Field";
import { OverlayHost } from "./host";

const widths = { small: "max-w-sm", normal: "max-w-lg", large: "max-w-3xl" };

/** A window over the page. Focus stays in it and returns to where it was. */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  width = "normal",
  actions,
  children,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: string;
  width?: keyof typeof widths;
  /** Buttons at the foot, the main one last. */
  actions?: ReactNode;
  children?: ReactNode;
}): ReactNode {
  const [host, setHost] = useState<HTMLElement | null>(null);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="appear fixed inset-0 z-40 bg-overlay" />
        <Radix.Content
          ref={setHost}
          {...(description ? {} : { "aria-describedby": undefined })}
          className={cx(
            "rise fixed inset-x-4 top-[10vh] z-40 mx-auto flex max-h-[80vh] flex-col rounded-lg border border-line bg-raised shadow-overlay",
            widths[width],
          )}
        >
          <header className="ps-4 pe-12 pt-3">
            <div>
              <Radix.Title className="text-md font-semibold">{title}</Radix.Title>
              {description && (
                <Radix.Description className="text-muted">{description}</Radix.Description>
              )}
            </div>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-4 py-3">
            <OverlayHost value={host}>{children}</OverlayHost>
          </div>
          {actions && (
            <footer className="flex flex-wrap justify-end gap-2 border-t px-4 py-3">
              {actions}
            </footer>
          )}
          {/* Last in the order of focus, so that a dialog opens with its first field. */}
          <Radix.Close
            aria-label={t("ui.close")}
            className="absolute end-3 top-3 inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text"
          >
            <X size={16} aria-hidden />
          </Radix.Close>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Asks before what cannot be undone: the person types the thing's name. */
export function ConfirmByTyping({
  open,
  onOpenChange,
  title,
  description,
  name,
  action,
  onConfirm,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description: string;
  /** What has to be typed. */
  name: string;
  /** The button's text: "Delete customer". */
  action: string;
  onConfirm: () => Promise<unknown>;
}): ReactNode {
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const matches = typed.trim() === name.trim();
  const change = (next: boolean) => {
    setTyped("");
    onOpenChange(next);
  };
  const confirm = async () => {
    if (!matches || busy) return;
    setBusy(true);
    try {
      await onConfirm();
      change(false);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title={title}
      description={description}
      width="small"
      actions={
        <>
          <Button onClick={() => change(false)}>{t("ui.cancel")}</Button>
          <Button look="danger" disabled={!matches} busy={busy} onClick={() => void confirm()}>
            {action}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
      >
        <Field name="confirm" label={t("ui.typeToConfirm", { name })}>
          <Input
            value={typed}
            onChange={(e) => setTyped(e.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
        </Field>
      </form>
    </Dialog>
  );
}
