import ArrowDown from "lucide-react/icons/arrow-down";
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { formatDate } from "@/lib/format";
import { formatLocale } from "@/lib/locale";
import { t } from "@/messages";
import { Button } from "@/ui/Button";
import { FailedState, Skeleton } from "@/ui/states";
import { EventRun } from "./EventRun";
import { MessageItem } from "./MessageItem";
import { useThread, useTicketEvents } from "./queries";
import { byDay, reachesBack, withinSpan } from "./thread";

/** Nearer than this to the end counts as being at the end (px). */
const nearEnd = 80;

/** The messages of a ticket and what happened between them, oldest first. It stays at the end unless a person has scrolled away. */
export function ThreadView({
  ticket,
  unread,
  onEndSeen,
}: {
  ticket: string;
  /** There is something that the reader has not seen. */
  unread: boolean;
  /** The newest message is on the screen. */
  onEndSeen: () => void;
}): ReactNode {
  const thread = useThread(ticket);
  const { messages } = thread;
  const happened = useTicketEvents(ticket);
  const { fetchNextPage, hasNextPage, isFetching } = happened;
  const needsMore =
    hasNextPage &&
    !isFetching &&
    !happened.error &&
    reachesBack(happened.events, messages[0], thread.hasNextPage);
  useEffect(() => {
    if (needsMore) void fetchNextPage();
  }, [needsMore, fetchNextPage]);
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const lastTop = useRef(0);
  const [unseen, setUnseen] = useState(false);
  const newest = messages[messages.length - 1];
  const oldest = messages[0]?.id;
  const seen = useRef(onEndSeen);
  useEffect(() => {
    seen.current = onEndSeen;
  });

  const toEnd = useCallback(() => {
    const element = box.current;
    if (!element) return;
    element.scrollTop = element.scrollHeight;
    atEnd.current = true;
    setUnseen(false);
  }, []);

  // What is new moves the view only for those who were looking at the end, or wrote it.
  const newestId = newest?.id;
  const isOwn = newest?.isSending === true;
  useLayoutEffect(() => {
    if (!newestId) return;
    if (atEnd.current || isOwn) toEnd();
    else setUnseen(true);
  }, [newestId, isOwn, toEnd]);

  // What stands at the end is seen as soon as somebody looks at the window.
  useEffect(() => {
    const look = () => {
      const isShown = atEnd.current && !unseen && document.visibilityState === "visible";
      if (unread && isShown) seen.current();
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [unread, unseen]);

  // Pictures and the composer change heights; the end stays in sight all the same.
  useEffect(() => {
    const element = content.current;
    const outer = box.current;
    if (!element || !outer) return;
    const watcher = new ResizeObserver(() => {
      if (atEnd.current) outer.scrollTop = outer.scrollHeight;
    });
    watcher.observe(element);
    watcher.observe(outer);
    return () => watcher.disconnect();
  }, []);

  // Earlier messages come in above: what was being read keeps its place.
  const heightBefore = useRef<number | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the oldest message says when
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || heightBefore.current === null) return;
    element.scrollTop += element.scrollHeight - heightBefore.current;
    heightBefore.current = null;
  }, [oldest]);

  const onScroll = () => {
    const element = box.current;
    if (!element) return;
    const left = element.scrollHeight - element.scrollTop - element.clientHeight;
    // Only moving up leaves the end: when the composer grows, the end moves away by itself.
    if (left < nearEnd) atEnd.current = true;
    else if (element.scrollTop < lastTop.current) atEnd.current = false;
    lastTop.current = element.scrollTop;
    if (atEnd.current && unseen) setUnseen(false);
  };

  const days =
    messages.length > 0
      ? byDay(messages, withinSpan(happened.events, messages[0], thread.hasNextPage))
      : [];
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={box}
        onScroll={onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
        tabIndex={0}
        role="log"
        aria-label={t("inbox.thread")}
        className="h-full overflow-y-auto outline-offset-[-2px]"
      >
        <div ref={content}>
          {thread.hasNextPage && (
            <div className="flex justify-center py-2">
              <Button
                look="quiet"
                busy={thread.isFetchingNextPage}
                onClick={() => {
                  heightBefore.current = box.current?.scrollHeight ?? null;
                  void thread.fetchNextPage();
                }}
              >
                {t("inbox.earlier")}
              </Button>
            </div>
          )}
          {messages.length === 0 &&
            (thread.error ? (
              <FailedState error={thread.error} onRetry={() => void thread.refetch()} />
            ) : (
              <ThreadSkeleton />
            ))}
          {messages.length > 0 && happened.error && (
            <p className="flex items-center justify-center gap-2 py-1 text-sm text-muted">
              {t("inbox.event.failed")}
              <Button look="quiet" onClick={() => void happened.refetch()}>
                {t("ui.retry")}
              </Button>
            </p>
          )}
          {days.map((day) => (
            <div key={day.at.getTime()}>
              <h2 className="sticky top-0 z-10 flex justify-center py-1.5">
                <span className="rounded-full border bg-bg px-2 text-xs font-medium text-muted">
                  {dayName(day.at)}
                </span>
              </h2>
              <div className="divide-y border-y">
                {day.items.map(({ key, message, events }) =>
                  message ? (
                    <MessageItem key={key} ticket={ticket} message={message} />
                  ) : (
                    <EventRun key={key} events={events} />
                  ),
                )}
              </div>
            </div>
          ))}
        </div>
      </div>
      {unseen && (
        <div className="absolute inset-x-0 bottom-3 flex justify-center">
          <Button
            look="primary"
            icon={ArrowDown}
            onClick={toEnd}
            className="rise rounded-full! shadow-overlay"
          >
            {t("inbox.newMessage")}
          </Button>
        </div>
      )}
    </div>
  );
}

/** "Today", "Yesterday", then the date. */
function dayName(at: Date): string {
  const now = new Date();
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const days = Math.round((at.getTime() - today.getTime()) / 86_400_000);
  if (days < -1 || days > 0) return formatDate(at, now);
  const word = new Intl.RelativeTimeFormat(formatLocale(), { numeric: "auto" }).format(days, "day");
  return word.charAt(0).toLocaleUpperCase(formatLocale()) + word.slice(1);
}

export function ThreadSkeleton(): ReactNode {
  return (
    <div role="status" className="flex flex-col">
      <span className="sr-only">{t("ui.loading")}</span>
      {["w-3/4", "w-1/2", "w-2/3"].map((width) => (
        <div key={width} className="flex gap-2.5 border-b px-4 py-4">
          <Skeleton className="size-7 rounded-full!" />
          <div className="flex flex-1 flex-col gap-2">
            <Skeleton className="w-32" />
            <Skeleton className={width} />
            <Skeleton className="w-2/5" />
          </div>
        </div>
      ))}
    </div>
  );
}
