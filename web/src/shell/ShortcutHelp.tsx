import type { ReactNode } from "react";
import { useAllCommands } from "@/commands/registry";
import { singleKeys } from "@/lib/preferences";
import { useStore } from "@/lib/store";
import { t } from "@/messages";
import { Callout } from "@/ui/Callout";
import { Dialog } from "@/ui/Dialog";
import { Kbd } from "@/ui/Kbd";
import { overlay } from "./overlays";

/** Every key that acts on the screen behind it. */
export default function ShortcutHelp(): ReactNode {
  const commands = useAllCommands().filter((c) => c.keys);
  const groups = [...new Set(commands.map((c) => c.group))];
  const on = useStore(singleKeys);
  return (
    <Dialog
      open
      onOpenChange={() => overlay.set(null)}
      title={t("shell.shortcuts")}
      description={t("shell.shortcutsHint")}
      width="large"
    >
      {!on && <Callout tone="info">{t("shell.shortcutsOff")}</Callout>}
      <div className="gap-x-10 pt-1 md:columns-2">
        {groups.map((group) => (
          <section key={group} className="mb-5 break-inside-avoid">
            <h3 className="mb-1 text-sm font-medium text-faint">{group}</h3>
            <dl>
              {[
                ...new Map(
                  commands.filter((c) => c.group === group).map((c) => [c.keys, c]),
                ).values(),
              ].map((command) => (
                <div
                  key={command.id}
                  className="flex min-h-7 items-center justify-between gap-4 border-b border-line/60"
                >
                  <dt>{command.label}</dt>
                  <dd>{command.keys && <Kbd keys={command.keys} />}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
