import { type ReactNode, useState } from "react";
import { useSession } from "@/api/session";
import { recall, remember } from "@/lib/storage";
import { useStore } from "@/lib/store";
import { t } from "@/messages";
import { overlay, paletteWasUsed } from "@/shell/overlays";
import { Checklist } from "@/ui/Checklist";

/** What a new workspace still needs. Shown to whoever ran the set-up, until it is put away. */
export function FirstSteps(): ReactNode {
  const { workspace } = useSession();
  const usedPalette = useStore(paletteWasUsed);
  const [open, setOpen] = useState(() => recall("firstSteps") === "open");
  if (!open) return null;
  return (
    <div className="flex justify-center px-4 pb-8">
      <Checklist
        title={t("inbox.steps")}
        onDismiss={() => {
          remember("firstSteps", null);
          setOpen(false);
        }}
        steps={[
          { id: "workspace", label: t("inbox.step.workspace"), done: workspace.name !== "" },
          {
            id: "mail",
            label: t("inbox.step.mail"),
            hint: t("inbox.step.mailHint"),
            done: false,
            to: "/settings",
          },
          {
            id: "invite",
            label: t("inbox.step.invite"),
            hint: t("inbox.step.inviteHint"),
            done: false,
            to: "/settings",
          },
          {
            id: "keys",
            label: t("inbox.step.keys"),
            hint: t("inbox.step.keysHint"),
            done: usedPalette,
            run: () => overlay.set("palette"),
          },
        ]}
      />
    </div>
  );
}
