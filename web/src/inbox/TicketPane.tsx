import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { isStatus } from "@/api/errors";
import { useCan, useSession } from "@/api/session";
import { useCommands } from "@/commands/registry";
import { useStore } from "@/lib/store";
import { useTitle } from "@/lib/title";
import { t } from "@/messages";
import { Button } from "@/ui/Button";
import { FailedState, Skeleton } from "@/ui/states";
import { Composer, type ComposerHandle } from "./Composer";
import { ConflictDialog } from "./ConflictDialog";
import { CustomerPanel } from "./CustomerPanel";
import { HeldBar } from "./HeldBar";
import { customerShown, setCustomerShown } from "./panes";
import { usersQuery, useTicket, useTicketEvents } from "./queries";
import { ThreadSkeleton, ThreadView } from "./ThreadView";
import { type Chooser, TicketHeader } from "./TicketHeader";
import { isOpen, type Ticket } from "./types";
import { useTicketWrites } from "./writes";

/** One ticket: what it is, what was said, where to answer, and who is asking. */
export function TicketPane({
  id,
  onBack,
  onDone,
}: {
  id: string;
  onBack: () => void;
  /** The ticket is put away: the next one is to open. */
  onDone: () => void;
}): ReactNode {
  const query = useTicket(id);
  useTicketEvents(id); // asked for together with the ticket; the thread shows them
  const showsCustomer = useStore(customerShown);
  const ticket = query.data?.value;
  if (ticket) {
    return (
      <>
        <Loaded key={id} ticket={ticket} onBack={onBack} onDone={onDone} />
        {showsCustomer && <CustomerPanel id={ticket.customerId} />}
      </>
    );
  }
  return (
    <section aria-label={t("inbox.thread")} className="flex min-w-0 flex-1 flex-col">
      {query.error ? (
        <FailedState error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <>
          <div className="flex flex-col gap-4 border-b px-4 py-4">
            <Skeleton className="w-64" />
            <Skeleton className="w-80" />
          </div>
          <ThreadSkeleton />
        </>
      )}
      {isStatus(query.error, 404) && (
        <div className="flex justify-center">
          <Button onClick={onBack}>{t("inbox.backToList")}</Button>
        </div>
      )}
    </section>
  );
}

function Loaded({
  ticket,
  onBack,
  onDone,
}: {
  ticket: Ticket;
  onBack: () => void;
  onDone: () => void;
}): ReactNode {
  const can = useCan();
  const { user } = useSession();
  const queries = useQueryClient();
  const writes = useTicketWrites();
  const [chooser, setChooser] = useState<Chooser>(null);
  const composer = useRef<ComposerHandle>(null);
  const mayChange = can("tickets:update");
  const isWork = isOpen(ticket.status);
  useTitle(t("inbox.ticketNamed", { number: `#${ticket.number}`, title: ticket.title }));
  useEffect(() => {
    // Mentions should answer at once, so the names are there before the first @.
    void queries.prefetchQuery(usersQuery);
  }, [queries]);

  const close = () => {
    if (!isWork) return;
    onDone();
    void writes.setStatus(ticket, "closed");
  };
  const group = t("inbox.group");
  const command = (name: string, label: string, keys: string, run: () => void) => ({
    id: `inbox.${name}`,
    label,
    keys,
    group,
    run,
  });
  useCommands([
    ...(mayChange
      ? [
          command("reply", t("inbox.reply"), "r", () => composer.current?.write("reply")),
          command("note", t("inbox.writeNote"), "n", () => composer.current?.write("note")),
          command("label", t("inbox.tags"), "l", () => setChooser("tags")),
          command("priority", t("inbox.setPriority"), "p", () => setChooser("priority")),
          command("status", t("inbox.setStatus"), "s", () => setChooser("status")),
        ]
      : []),
    ...(mayChange && (can("tickets:assign") || !ticket.assigneeId)
      ? [
          command("assign", t("inbox.assign"), "a", () => setChooser("assignee")),
          command(
            "assignMe",
            t("inbox.assignMe"),
            "i",
            () => void writes.assign(ticket, { id: user.id, name: user.name }),
          ),
        ]
      : []),
    ...(mayChange && isWork
      ? [
          command("close", t("inbox.closeNext"), "e", close),
          command("resolve", t("inbox.resolveNext"), "shift+e", () => {
            onDone();
            void writes.setStatus(ticket, "resolved");
          }),
        ]
      : []),
    command("customerPanel", t("inbox.toggleCustomer"), "c", () =>
      setCustomerShown(!customerShown.get()),
    ),
    command("back", t("inbox.backToList"), "u", onBack),
  ]);

  return (
    <section
      aria-label={t("inbox.ticketNamed", { number: `#${ticket.number}`, title: ticket.title })}
      className="flex min-w-0 flex-1 flex-col"
    >
      <TicketHeader
        ticket={ticket}
        writes={writes}
        chooser={chooser}
        onChooser={setChooser}
        onBack={onBack}
        onClosed={close}
        onDeleted={onBack}
      />
      <ThreadView
        ticket={ticket.id}
        unread={ticket.unread}
        onEndSeen={() => void writes.markRead(ticket.id)}
      />
      <HeldBar />
      {mayChange && (
        <Composer
          ticket={ticket}
          handle={composer}
          onSent={(status) => {
            if (status && !isOpen(status)) onDone();
          }}
        />
      )}
      <ConflictDialog />
    </section>
  );
}
