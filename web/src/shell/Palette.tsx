import { useRouter } from "@tanstack/react-router";
import { Command as Cmdk } from "cmdk";
import type { LucideIcon } from "lucide-react";
import Box from "lucide-react/icons/box";
import CornerDownLeft from "lucide-react/icons/corner-down-left";
import MessageSquare from "lucide-react/icons/message-square";
import MessagesSquare from "lucide-react/icons/messages-square";
import Search from "lucide-react/icons/search";
import ShoppingBag from "lucide-react/icons/shopping-bag";
import User from "lucide-react/icons/user";
import { Dialog } from "radix-ui";
import { type ReactNode, useEffect, useState } from "react";
import { type Command, useAllCommands } from "@/commands/registry";
import { t } from "@/messages";
import { Kbd } from "@/ui/Kbd";
import { overlay } from "./overlays";
import { pathOf, type SearchHit, useSearch } from "./search";

// In the order of the groups: of messages there are the most, so they come last.
const kinds: Record<SearchHit["kind"], LucideIcon> = {
  ticket: MessageSquare,
  customer: User,
  order: ShoppingBag,
  product: Box,
  message: MessagesSquare,
};

const heading =
  "[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint";
const line =
  "flex min-h-8 cursor-default items-center gap-2.5 rounded-md px-2 data-[selected=true]:bg-selected";

function matches(command: Command, words: string[]): boolean {
  const text = [command.label, command.group, ...(command.keywords ?? [])].join(" ").toLowerCase();
  return words.every((w) => text.includes(w));
}

/** What cmdk knows an item by. Messages lead to their ticket, so that two of them may have the same id. */
const nameOf = (hit: SearchHit, place: number) => `${hit.kind}:${hit.id}:${place}`;

/** Ctrl-K: finds records and commands. The server searches records, so cmdk does not filter. */
export default function Palette(): ReactNode {
  const router = useRouter();
  const [typed, setTyped] = useState("");
  const query = typed.trim();
  const search = useSearch(typed);
  const hits = query.length >= 2 ? search.hits : [];
  const words = query.toLowerCase().split(/\s+/);
  const commands = useAllCommands().filter((c) => !c.keysOnly && matches(c, words));
  const groups = [...new Set(commands.map((c) => c.group))];
  const shown = (Object.keys(kinds) as SearchHit["kind"][]).map((kind) => ({
    kind,
    hits: hits.filter((h) => h.kind === kind),
  }));

  // Answers come while somebody types: what stands first then is what Enter opens.
  const top = shown.find((group) => group.hits.length > 0)?.hits[0];
  const first = top ? nameOf(top, 0) : commands.find((c) => c.group === groups[0])?.id;
  const [picked, setPicked] = useState("");
  useEffect(() => {
    setPicked(first ?? "");
  }, [first]);

  const close = () => overlay.set(null);
  const run = (command: Command) => {
    close();
    command.run();
  };
  const open = (hit: SearchHit) => {
    close();
    router.history.push(pathOf(hit));
  };

  return (
    <Dialog.Root open onOpenChange={close}>
      <Dialog.Portal>
        <Dialog.Overlay className="appear fixed inset-0 z-40 bg-overlay" />
        <Dialog.Content
          aria-describedby={undefined}
          className="rise fixed inset-x-3 top-[12vh] z-40 mx-auto max-w-xl overflow-hidden rounded-lg border border-line bg-raised shadow-overlay"
        >
          <Dialog.Title className="sr-only">{t("shell.palette")}</Dialog.Title>
          <Cmdk
            shouldFilter={false}
            loop
            label={t("shell.palette")}
            value={picked}
            onValueChange={setPicked}
          >
            <div className="flex items-center gap-2 border-b px-4">
              <Search size={16} aria-hidden className="shrink-0 text-faint" />
              <Cmdk.Input
                value={typed}
                onValueChange={setTyped}
                placeholder={t("shell.palettePlaceholder")}
                className="h-11 min-w-0 flex-1 bg-transparent text-md outline-none"
              />
              <Kbd keys="esc" />
            </div>
            <Cmdk.List className="max-h-[min(26rem,60vh)] overflow-y-auto p-1.5">
              {!search.isFetching && (
                <Cmdk.Empty className="px-2 py-8 text-center text-muted">
                  {t("shell.paletteEmpty", { query })}
                </Cmdk.Empty>
              )}
              {shown.map((group) => (
                <Hits key={group.kind} kind={group.kind} hits={group.hits} onOpen={open} />
              ))}
              {groups.map((group) => (
                <Cmdk.Group key={group} heading={group} className={heading}>
                  {commands
                    .filter((c) => c.group === group)
                    .map((command) => {
                      const Icon = command.icon ?? CornerDownLeft;
                      return (
                        <Cmdk.Item
                          key={command.id}
                          value={command.id}
                          onSelect={() => run(command)}
                          className={line}
                        >
                          <Icon size={15} aria-hidden className="shrink-0 text-muted" />
                          <span className="flex-1 truncate">{command.label}</span>
                          {command.keys && <Kbd keys={command.keys} />}
                        </Cmdk.Item>
                      );
                    })}
                </Cmdk.Group>
              ))}
            </Cmdk.List>
            <div role="status" className="border-t px-4 py-1.5 text-sm text-faint empty:hidden">
              {query.length >= 2 && search.isFetching
                ? t("shell.paletteSearching")
                : search.isError
                  ? t("shell.paletteFailed")
                  : null}
            </div>
          </Cmdk>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Hits({
  kind,
  hits,
  onOpen,
}: {
  kind: SearchHit["kind"];
  hits: SearchHit[];
  onOpen: (hit: SearchHit) => void;
}): ReactNode {
  if (hits.length === 0) return null;
  const Icon = kinds[kind];
  return (
    <Cmdk.Group heading={t(`shell.kind.${kind}`)} className={heading}>
      {hits.map((hit, place) => (
        <Cmdk.Item
          key={nameOf(hit, place)}
          value={nameOf(hit, place)}
          onSelect={() => onOpen(hit)}
          className={line}
        >
          <Icon size={15} aria-hidden className="shrink-0 text-muted" />
          <span dir="auto" className="truncate font-medium">
            {hit.title}
          </span>
          {hit.subtitle && (
            <span dir="auto" className="min-w-0 flex-1 truncate text-faint">
              {hit.subtitle}
            </span>
          )}
        </Cmdk.Item>
      ))}
    </Cmdk.Group>
  );
}
