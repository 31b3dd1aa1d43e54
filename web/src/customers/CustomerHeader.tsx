import { Link, useNavigate } from "@tanstack/react-router";
import ChevronRight from "lucide-react/icons/chevron-right";
import Ellipsis from "lucide-react/icons/ellipsis";
import MessageCirclePlus from "lucide-react/icons/message-circle-plus";
import ShoppingBag from "lucide-react/icons/shopping-bag";
import Trash from "lucide-react/icons/trash-2";
import { type ReactNode, useState } from "react";
import { isStatus } from "@/api/errors";
import { useCan } from "@/api/session";
import { useCommands } from "@/commands/registry";
import { t } from "@/messages";
import { useColleagues } from "@/records/people";
import { TagEditor } from "@/records/tags";
import type { TagRef } from "@/records/types";
import type { Save } from "@/records/useRecord";
import { Avatar } from "@/ui/Avatar";
import { Badge } from "@/ui/Badge";
import { Button, IconButton } from "@/ui/Button";
import { ConfirmByTyping } from "@/ui/Dialog";
import { Menu, MenuChoice, MenuItem, MenuLine } from "@/ui/Menu";
import { StatusBadge } from "@/ui/marks";
import { toast } from "@/ui/toast";
import { MadeUpMark } from "./columns";
import { type Customer, type CustomerStatus, customerStatuses } from "./types";

/** Who this is at a glance, and what one does with a customer. */
export function CustomerHeader({
  customer,
  canUpdate,
  save,
  remove,
}: {
  customer: Customer;
  canUpdate: boolean;
  save: Save;
  remove: () => Promise<void>;
}): ReactNode {
  const can = useCan();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const { id, name } = customer;

  /** Changes something at once, and offers to take it back. */
  const change = (
    text: string,
    next: [patch: object, shown: object],
    before: [patch: object, shown: object],
  ) => {
    const failed = (error: unknown) => toast.failed(t("records.notSaved"), error);
    save(...next).then((done) => {
      if (done) toast.undo(text, () => void save(...before).catch(failed));
    }, failed);
  };
  const setStatus = (status: CustomerStatus) =>
    change(
      t("customers.statusChanged", { status: t(`customers.status.${status}`) }),
      [{ status }, { status }],
      [{ status: customer.status }, { status: customer.status }],
    );
  const setTags = (tags: TagRef[]) =>
    change(
      t("customers.tagsChanged"),
      [{ tags: tags.map((tag) => tag.name) }, { tags }],
      [{ tags: customer.tags.map((tag) => tag.name) }, { tags: customer.tags }],
    );
  const newTicket = () => void navigate({ to: "/inbox", search: { new: 1, customerId: id } });
  const canTicket = can("tickets:create");

  useCommands([
    ...(canTicket
      ? [
          {
            id: "customer.ticket",
            label: t("customers.newTicket"),
            keys: "t",
            group: t("customers.title"),
            icon: MessageCirclePlus,
            run: newTicket,
          },
        ]
      : []),
  ]);

  const confirmDelete = async () => {
    try {
      await remove();
      toast.done(t("customers.deleted", { name }));
      void navigate({ to: "/customers" });
    } catch (error) {
      toast.failed(
        t("customers.notDeleted", { name }),
        isStatus(error, 412) ? new Error(t("records.deleteChanged")) : error,
      );
    }
  };
  return (
    <header className="flex flex-col gap-2 border-b px-4 py-2.5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Link to="/customers" className="text-muted hover:text-text hover:underline max-sm:hidden">
          {t("customers.title")}
        </Link>
        <ChevronRight size={14} aria-hidden className="text-faint rtl:-scale-x-100 max-sm:hidden" />
        <Avatar name={name} />
        <h1 dir="auto" className="min-w-0 truncate text-md font-semibold">
          {name}
        </h1>
        {customer.nameMadeUp && <MadeUpMark />}
        {customer.kind === "company" && <Badge>{t("customers.kind.company")}</Badge>}
        <div className="ms-auto flex items-center gap-2">
          {canTicket && (
            <Button look="primary" icon={MessageCirclePlus} onClick={newTicket} keys="t">
              {t("customers.newTicket")}
            </Button>
          )}
          <Menu align="end" trigger={<IconButton icon={Ellipsis} label={t("records.actions")} />}>
            {can("orders:create") && (
              <MenuItem
                icon={ShoppingBag}
                onSelect={() =>
                  void navigate({ to: "/orders", search: { new: true, customerId: id } })
                }
              >
                {t("customers.newOrder")}
              </MenuItem>
            )}
            {can("customers:delete") && (
              <>
                <MenuLine />
                <MenuItem icon={Trash} danger onSelect={() => setDeleting(true)}>
                  {t("customers.delete")}
                </MenuItem>
              </>
            )}
          </Menu>
        </div>
      </div>
      <div className="-ms-2 flex flex-wrap items-center gap-x-4 gap-y-1">
        <StatusMenu customer={customer} canUpdate={canUpdate} onChange={setStatus} />
        {customer.level && <Badge tone="accent">{customer.level}</Badge>}
        <OwnerMenu customer={customer} canUpdate={canUpdate} change={change} />
        <TagEditor tags={customer.tags} canEdit={canUpdate} onChange={setTags} />
      </div>
      <ConfirmByTyping
        open={deleting}
        onOpenChange={setDeleting}
        title={t("customers.deleteTitle", { name })}
        description={t("customers.deleteText")}
        name={name}
        action={t("customers.delete")}
        onConfirm={confirmDelete}
      />
    </header>
  );
}

function StatusMenu({
  customer,
  canUpdate,
  onChange,
}: {
  customer: Customer;
  canUpdate: boolean;
  onChange: (status: CustomerStatus) => void;
}): ReactNode {
  const badge = (
    <StatusBadge status={customer.status} label={t(`customers.status.${customer.status}`)} />
  );
  if (!canUpdate) return badge;
  return (
    <Menu
      trigger={
        <Button
          look="quiet"
          size="small"
          aria-label={`${t("customers.status")}: ${t(`customers.status.${customer.status}`)}`}
        >
          {badge}
        </Button>
      }
    >
      <MenuChoice
        value={customer.status}
        options={customerStatuses.map((s) => ({ value: s, label: t(`customers.status.${s}`) }))}
        onChange={onChange}
      />
    </Menu>
  );
}

function OwnerMenu({
  customer,
  canUpdate,
  change,
}: {
  customer: Customer;
  canUpdate: boolean;
  change: (text: string, next: [object, object], before: [object, object]) => void;
}): ReactNode {
  const can = useCan();
  const colleagues = useColleagues();
  const { owner } = customer;
  const shown = (
    <span className="inline-flex items-center gap-1.5">
      {owner && <Avatar name={owner.name} size="small" />}
      <span className="text-muted">{t("customers.owner")}</span>
      <span dir="auto">{owner?.name || t("customers.noOwner")}</span>
    </span>
  );
  if (!canUpdate || !can("customers:update_all") || colleagues.length === 0) return shown;
  const state = (id: string, name: string): [object, object] => [
    { ownerId: id || null },
    { ownerId: id || null, owner: id ? { id, name } : null },
  ];
  return (
    <Menu
      trigger={
        <Button look="quiet" size="small">
          {shown}
        </Button>
      }
    >
      <MenuChoice
        value={customer.ownerId ?? ""}
        options={[
          { value: "", label: t("customers.noOwner") },
          ...colleagues.map((p) => ({ value: p.id, label: p.name })),
        ]}
        onChange={(id) => {
          const name = colleagues.find((p) => p.id === id)?.name ?? "";
          change(
            t("customers.ownerChanged", { name: name || t("customers.noOwner") }),
            state(id, name),
            state(customer.ownerId ?? "", owner?.name ?? ""),
          );
        }}
      />
    </Menu>
  );
}
