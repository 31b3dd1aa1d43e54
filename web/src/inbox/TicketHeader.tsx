import { useQuery } from "@tanstack/react-query";
import ArrowLeft from "lucide-react/icons/arrow-left";
import ArrowRight from "lucide-react/icons/arrow-right";
import Bell from "lucide-react/icons/bell";
import BellRing from "lucide-react/icons/bell-ring";
import Check from "lucide-react/icons/check";
import Copy from "lucide-react/icons/copy";
import Ellipsis from "lucide-react/icons/ellipsis";
import PanelLeftOpen from "lucide-react/icons/panel-left-open";
import PanelRightOpen from "lucide-react/icons/panel-right-open";
import Trash from "lucide-react/icons/trash-2";
import UserRoundPlus from "lucide-react/icons/user-round-plus";
import Users from "lucide-react/icons/users";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useCan, useSession } from "@/api/session";
import { cx } from "@/lib/cx";
import { direction } from "@/lib/locale";
import { useStore } from "@/lib/store";
import { t } from "@/messages";
import { Avatar } from "@/ui/Avatar";
import { Button, IconButton } from "@/ui/Button";
import { ConfirmByTyping } from "@/ui/Dialog";
import { Menu, MenuItem, MenuLine } from "@/ui/Menu";
import { ChannelIcon, PriorityMark, priorityName, StatusBadge } from "@/ui/marks";
import { toast } from "@/ui/toast";
import { FieldsPopover } from "./FieldsPopover";
import { statusName } from "./names";
import { Picker } from "./Picker";
import { customerShown, listShown, setCustomerShown, setListShown } from "./panes";
import { teamsQuery, usersQuery } from "./queries";
import { TagsEditor } from "./TagsEditor";
import { isOpen, type Status, statuses, type Ticket } from "./types";
import type { TicketWrites } from "./writes";

/** Which of the header's choosers is open; keys open them too. */
export type Chooser = "status" | "priority" | "assignee" | "team" | "tags" | "fields" | null;

const chip =
  "inline-flex min-h-6 max-w-44 items-center gap-1.5 rounded-md px-1.5 text-muted hover:bg-hover hover:text-text disabled:opacity-100 disabled:hover:bg-transparent";

/** What the ticket is and who has it. Everything is changed where it stands. */
export function TicketHeader({
  ticket,
  writes,
  chooser,
  onChooser,
  onBack,
  onClosed,
  onDeleted,
}: {
  ticket: Ticket;
  writes: TicketWrites;
  chooser: Chooser;
  onChooser: (next: Chooser) => void;
  onBack: () => void;
  /** E: the ticket is put away and the next one opens. */
  onClosed: () => void;
  onDeleted: () => void;
}): ReactNode {
  const can = useCan();
  const mayChange = can("tickets:update");
  const listIsShown = useStore(listShown);
  const customerIsShown = useStore(customerShown);
  const isRtl = direction() === "rtl";
  return (
    <header className="border-b">
      <div className="screen-bar border-b-0! ps-2! pe-2! md:ps-4!">
        <IconButton
          icon={isRtl ? ArrowRight : ArrowLeft}
          label={t("inbox.backToList")}
          onClick={onBack}
          className="md:hidden"
        />
        {!listIsShown && (
          <IconButton
            icon={PanelLeftOpen}
            label={t("inbox.showList")}
            onClick={() => setListShown(true)}
            className="max-md:hidden rtl:-scale-x-100"
          />
        )}
        <span className="tabular shrink-0 text-faint">#{ticket.number}</span>
        <Title
          key={ticket.id}
          title={ticket.title}
          editable={mayChange}
          onSave={(title) => void writes.setTitle(ticket, title)}
        />
        <div className="ms-auto flex shrink-0 items-center gap-1">
          {mayChange && isOpen(ticket.status) && (
            <Button icon={Check} keys="e" onClick={onClosed} className="max-sm:hidden">
              {t("inbox.close")}
            </Button>
          )}
          <IconButton
            icon={ticket.following ? BellRing : Bell}
            label={ticket.following ? t("inbox.unfollow") : t("inbox.follow")}
            pressed={ticket.following}
            onClick={() => void writes.follow(ticket, !ticket.following)}
          />
          <More ticket={ticket} writes={writes} onClosed={onClosed} onDeleted={onDeleted} />
          <IconButton
            icon={PanelRightOpen}
            label={customerIsShown ? t("inbox.hideCustomer") : t("inbox.showCustomer")}
            keys="c"
            pressed={customerIsShown}
            onClick={() => setCustomerShown(!customerIsShown)}
            className="rtl:-scale-x-100"
          />
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-x-1 gap-y-0.5 px-2 pb-2 md:px-2.5">
        <StatusPicker
          ticket={ticket}
          writes={writes}
          disabled={!mayChange}
          open={chooser === "status"}
          onOpenChange={(open) => onChooser(open ? "status" : null)}
        />
        <Picker
          label={t("inbox.priority")}
          open={chooser === "priority"}
          onOpenChange={(open) => onChooser(open ? "priority" : null)}
          chosen={new Set([String(ticket.priority)])}
          choices={[1, 2, 3, 4].map((p) => ({
            value: String(p),
            label: priorityName(p),
            mark: <PriorityMark priority={p} />,
          }))}
          onChoose={(value) => void writes.setPriority(ticket, Number(value))}
          trigger={
            <button type="button" disabled={!mayChange} className={chip}>
              <PriorityMark priority={ticket.priority} withName />
            </button>
          }
        />
        <AssigneePicker
          ticket={ticket}
          writes={writes}
          open={chooser === "assignee"}
          onOpenChange={(open) => onChooser(open ? "assignee" : null)}
        />
        <TeamPicker
          ticket={ticket}
          writes={writes}
          disabled={!mayChange}
          open={chooser === "team"}
          onOpenChange={(open) => onChooser(open ? "team" : null)}
        />
        <span className={cx(chip, "hover:bg-transparent")}>
          <ChannelIcon channel={ticket.channel} />
        </span>
        <FieldsPopover
          values={ticket.fields}
          editable={mayChange}
          open={chooser === "fields"}
          onOpenChange={(open) => onChooser(open ? "fields" : null)}
          onSave={(changed, all) => writes.setFields(ticket, changed, all)}
        />
        <TagsEditor
          tags={ticket.tags}
          editable={mayChange}
          open={chooser === "tags"}
          onOpenChange={(open) => onChooser(open ? "tags" : null)}
          onChange={(tags) => void writes.setTags(ticket, tags)}
        />
      </div>
    </header>
  );
}

/** The title; a click turns it into a field. Enter saves, Escape leaves it as it was. */
function Title({
  title,
  editable,
  onSave,
}: {
  title: string;
  editable: boolean;
  onSave: (title: string) => void;
}): ReactNode {
  const [typed, setTyped] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const editing = typed !== null;
  useEffect(() => {
    if (editing) field.current?.select();
  }, [editing]);
  const save = () => {
    const next = typed?.trim() ?? "";
    setTyped(null);
    if (next !== "" && next !== title) onSave(next);
  };
  if (!editing) {
    return (
      <h1 dir="auto" className="min-w-0 truncate text-md font-semibold">
        {editable ? (
          <button
            type="button"
            title={t("inbox.editTitle")}
            onClick={() => setTyped(title)}
            className="max-w-full cursor-text truncate rounded-sm text-start hover:bg-hover"
          >
            {title}
          </button>
        ) : (
          title
        )}
      </h1>
    );
  }
  return (
    <input
      ref={field}
      aria-label={t("inbox.ticketTitle")}
      dir="auto"
      maxLength={300}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === "Enter") save();
        if (event.key === "Escape") setTyped(null);
      }}
      className="control min-w-0 flex-1 font-semibold"
    />
  );
}

interface ChooserProps {
  ticket: Ticket;
  writes: TicketWrites;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  disabled?: boolean;
}

function StatusPicker({ ticket, writes, open, onOpenChange, disabled }: ChooserProps): ReactNode {
  return (
    <Picker
      label={t("inbox.status")}
      open={open}
      onOpenChange={onOpenChange}
      chosen={new Set([ticket.status])}
      choices={statuses.map((status) => ({
        value: status,
        label: statusName(status),
        mark: <StatusBadge status={status} label="" iconOnly />,
      }))}
      onChoose={(value) => void writes.setStatus(ticket, value as Status)}
      trigger={
        <button type="button" disabled={disabled} className={cx(chip, "text-text")}>
          <StatusBadge status={ticket.status} label={statusName(ticket.status)} />
        </button>
      }
    />
  );
}

function AssigneePicker({ ticket, writes, open, onOpenChange }: ChooserProps): ReactNode {
  const can = useCan();
  const { user } = useSession();
  // Without the permission to assign, a waiting ticket can still be taken by oneself.
  const mayAssign = can("tickets:assign");
  const mayTake = can("tickets:update") && !ticket.assigneeId;
  const users = useQuery({ ...usersQuery, enabled: open && mayAssign });
  const me = { value: user.id, label: user.name, hint: t("inbox.me") };
  const others = (users.data ?? [])
    .filter((u) => u.id !== user.id)
    .map((u) => ({
      value: u.id,
      label: u.name,
      hint: u.available ? undefined : t("inbox.away"),
    }));
  const all = mayAssign ? [me, ...others] : [me];
  return (
    <Picker
      label={t("inbox.assignee")}
      open={open && (mayAssign || mayTake)}
      onOpenChange={onOpenChange}
      loading={users.isFetching}
      chosen={new Set([ticket.assigneeId ?? ""])}
      choices={[
        ...all.map((c) => ({ ...c, mark: <Avatar name={c.label} size="small" /> })),
        ...(mayAssign && ticket.assigneeId
          ? [{ value: "", label: t("ui.unassigned"), mark: <NobodyMark /> }]
          : []),
      ]}
      onChoose={(id) => {
        const found = all.find((c) => c.value === id);
        void writes.assign(ticket, found ? { id, name: found.label } : null);
      }}
      trigger={
        <button type="button" disabled={!mayAssign && !mayTake} className={chip}>
          {ticket.assignee ? (
            <>
              <Avatar name={ticket.assignee.name} size="small" />
              <span className="truncate">{ticket.assignee.name}</span>
            </>
          ) : (
            <>
              <NobodyMark />
              {t("ui.unassigned")}
            </>
          )}
        </button>
      }
    />
  );
}

export function NobodyMark(): ReactNode {
  return (
    <span
      aria-hidden
      className="inline-block size-5 shrink-0 rounded-full border border-dashed border-control"
    />
  );
}

function TeamPicker({ ticket, writes, open, onOpenChange, disabled }: ChooserProps): ReactNode {
  const teams = useQuery({ ...teamsQuery, enabled: open });
  return (
    <Picker
      label={t("inbox.team")}
      open={open}
      onOpenChange={onOpenChange}
      loading={teams.isFetching}
      chosen={new Set([ticket.teamId ?? ""])}
      choices={[
        ...(teams.data ?? []).map((team) => ({ value: team.id, label: team.name })),
        { value: "", label: t("inbox.noTeam") },
      ]}
      onChoose={(id) => {
        const team = teams.data?.find((one) => one.id === id);
        void writes.setTeam(ticket, team ? { id, name: team.name } : null);
      }}
      trigger={
        <button type="button" disabled={disabled} className={chip}>
          <Users size={14} aria-hidden className="shrink-0" />
          <span className="truncate">{ticket.team?.name ?? t("inbox.noTeam")}</span>
        </button>
      }
    />
  );
}

function More({
  ticket,
  writes,
  onClosed,
  onDeleted,
}: {
  ticket: Ticket;
  writes: TicketWrites;
  onClosed: () => void;
  onDeleted: () => void;
}): ReactNode {
  const can = useCan();
  const { user } = useSession();
  const [deleting, setDeleting] = useState(false);
  const mayChange = can("tickets:update");
  return (
    <>
      <Menu
        align="end"
        trigger={
          <button
            type="button"
            aria-label={t("ui.more")}
            className="inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text"
          >
            <Ellipsis size={16} aria-hidden />
          </button>
        }
      >
        {mayChange &&
          ticket.assigneeId !== user.id &&
          (can("tickets:assign") || !ticket.assigneeId) && (
            <MenuItem
              icon={UserRoundPlus}
              keys="i"
              onSelect={() => void writes.assign(ticket, { id: user.id, name: user.name })}
            >
              {t("inbox.assignMe")}
            </MenuItem>
          )}
        {mayChange && isOpen(ticket.status) && (
          <>
            <MenuItem icon={Check} onSelect={() => void writes.setStatus(ticket, "resolved")}>
              {t("inbox.resolve")}
            </MenuItem>
            <MenuItem icon={Check} keys="e" onSelect={onClosed}>
              {t("inbox.close")}
            </MenuItem>
          </>
        )}
        {mayChange && !isOpen(ticket.status) && (
          <MenuItem icon={Check} onSelect={() => void writes.setStatus(ticket, "open")}>
            {t("inbox.reopen")}
          </MenuItem>
        )}
        <MenuItem
          icon={Copy}
          onSelect={() => {
            void navigator.clipboard
              ?.writeText(`${location.origin}/inbox/${ticket.id}`)
              .then(() => toast.done(t("ui.copied")));
          }}
        >
          {t("inbox.copyLink")}
        </MenuItem>
        {can("tickets:delete") && (
          <>
            <MenuLine />
            <MenuItem icon={Trash} danger onSelect={() => setDeleting(true)}>
              {t("inbox.delete")}
            </MenuItem>
          </>
        )}
      </Menu>
      <ConfirmByTyping
        open={deleting}
        onOpenChange={setDeleting}
        title={t("inbox.deleteTitle", { number: `#${ticket.number}` })}
        description={t("inbox.deleteHint")}
        name={String(ticket.number)}
        action={t("inbox.delete")}
        onConfirm={async () => {
          await writes.remove(ticket);
          onDeleted();
        }}
      />
    </>
  );
}
