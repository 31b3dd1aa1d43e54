import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useCan, useSession } from "@/api/session";
import { recall, remember } from "@/lib/storage";
import { useStore } from "@/lib/store";
import { t } from "@/messages";
import { overlay, paletteWasUsed } from "@/shell/overlays";
import { Checklist } from "@/ui/Checklist";
import { usersQuery } from "./queries";
import { read } from "./request";

/** What a new workspace still needs. Shown to whoever ran the set-up, until it is put away. */
export function FirstSteps(): ReactNode {
  const [open, setOpen] = useState(() => recall("firstSteps") === "open");
  if (!open) return null;
  return (
    <Steps
      onDismiss={() => {
        remember("firstSteps", null);
        setOpen(false);
      }}
    />
  );
}

/** Each step ticks by what is there, never by a click. */
function Steps({ onDismiss }: { onDismiss: () => void }): ReactNode {
  const { workspace } = useSession();
  const can = useCan();
  const navigate = useNavigate();
  const usedPalette = useStore(paletteWasUsed);
  const users = useQuery(usersQuery);
  const hasCustomer = useAny("/customers", can("customers:read"));
  const hasTicket = useAny("/tickets", can("tickets:read"));
  return (
    <div className="flex justify-center px-4 pb-8">
      <Checklist
        title={t("inbox.steps")}
        onDismiss={onDismiss}
        steps={[
          { id: "workspace", label: t("inbox.step.workspace"), done: workspace.name !== "" },
          {
            id: "customers",
            label: t("inbox.step.customers"),
            hint: t("inbox.step.customersHint"),
            done: hasCustomer,
            to: "/customers",
          },
          {
            id: "invite",
            label: t("inbox.step.invite"),
            hint: t("inbox.step.inviteHint"),
            done: (users.data?.length ?? 0) > 1,
            to: "/settings",
          },
          {
            id: "ticket",
            label: t("inbox.step.ticket"),
            hint: t("inbox.step.ticketHint"),
            done: hasTicket,
            run: () => void navigate({ to: "/inbox", search: { new: 1 } }),
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

/** Whether a list holds anything at all. */
function useAny(path: "/customers" | "/tickets", enabled: boolean): boolean {
  const { data } = useQuery({
    queryKey: [path.slice(1), "any"],
    queryFn: ({ signal }) =>
      read<{ data: unknown[] }>(
        path,
        { limit: "1", fields: "id", ...(path === "/tickets" ? { view: "all" } : {}) },
        signal,
      ),
    enabled,
  });
  return (data?.data.length ?? 0) > 0;
}
