import { useQuery, useQueryClient } from "@tanstack/react-query";
import Plus from "lucide-react/icons/plus";
import TagIcon from "lucide-react/icons/tag";
import X from "lucide-react/icons/x";
import { type ReactNode, useState } from "react";
import { keys } from "@/api/keys";
import { useCan } from "@/api/session";
import { t } from "@/messages";
import { Button } from "@/ui/Button";
import { Input } from "@/ui/Field";
import { Popover } from "@/ui/Popover";
import { toast } from "@/ui/toast";
import type { TagRef } from "./types";
import { call } from "./wire";

const none: readonly TagRef[] = [];

/** The workspace's tags, in the order of their names. */
export function useTags(): readonly TagRef[] {
  const query = useQuery({
    queryKey: keys.list("tags"),
    queryFn: ({ signal }) =>
      call<{ data: TagRef[] }>("GET", "/tags", { query: { limit: "200", sort: "name" }, signal }),
    staleTime: 5 * 60_000,
  });
  return query.data?.data ?? none;
}

/** A tag as a word with a dot of its colour. */
export function TagChip({
  tag,
  onRemove,
}: {
  tag: { name: string; colour?: string };
  onRemove?: () => void;
}): ReactNode {
  return (
    <span className="inline-flex min-h-5 max-w-full min-w-0 items-center rounded-sm bg-neutral-tint align-middle text-sm">
      <span className="flex min-w-0 items-center gap-1 px-1.5">
        <span
          aria-hidden
          className="size-2 shrink-0 rounded-full bg-control"
          style={tag.colour ? { background: tag.colour } : undefined}
        />
        <span dir="auto" className="truncate">
          {tag.name}
        </span>
      </span>
      {onRemove && (
        <button
          type="button"
          aria-label={t("records.removeTag", { name: tag.name })}
          onClick={onRemove}
          className="flex size-6 shrink-0 items-center justify-center rounded-sm text-faint hover:bg-hover hover:text-text"
        >
          <X size={12} aria-hidden />
        </button>
      )}
    </span>
  );
}

/** As many chips as fit in a row of a list. */
export function TagChips({
  tags,
  most = 3,
}: {
  tags: readonly TagRef[];
  most?: number;
}): ReactNode {
  if (tags.length === 0) return null;
  const rest = tags.slice(most);
  return (
    <span className="flex items-center gap-1 overflow-hidden">
      {tags.slice(0, most).map((tag) => (
        <TagChip key={tag.id} tag={tag} />
      ))}
      {rest.length > 0 && (
        <span className="shrink-0 text-sm text-faint" title={rest.map((r) => r.name).join(", ")}>
          +{rest.length}
        </span>
      )}
    </span>
  );
}

/** The tags of a record, with a way to take them off and add more. */
export function TagEditor({
  tags,
  canEdit,
  onChange,
}: {
  tags: readonly TagRef[];
  canEdit: boolean;
  onChange: (tags: TagRef[]) => void;
}): ReactNode {
  return (
    <span className="flex flex-wrap items-center gap-1">
      {tags.map((tag) => (
        <TagChip
          key={tag.id}
          tag={tag}
          {...(canEdit ? { onRemove: () => onChange(tags.filter((x) => x.id !== tag.id)) } : {})}
        />
      ))}
      {canEdit && (
        <TagPicker
          trigger={
            <Button look="quiet" size="small" icon={Plus}>
              {t("records.addTag")}
            </Button>
          }
          chosen={tags.map((tag) => tag.id)}
          onChoose={(tag, on) =>
            onChange(on ? [...tags, tag] : tags.filter((x) => x.id !== tag.id))
          }
        />
      )}
    </span>
  );
}

/** A panel of tags to switch on and off; a new one is made on the way by those who may. */
export function TagPicker({
  trigger,
  chosen,
  onChoose,
}: {
  trigger: ReactNode;
  chosen: readonly string[];
  onChoose: (tag: TagRef, on: boolean) => void;
}): ReactNode {
  const all = useTags();
  const can = useCan();
  const queries = useQueryClient();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const wanted = typed.trim();
  const shown = all.filter((tag) => tag.name.toLowerCase().includes(wanted.toLowerCase()));
  const isNew =
    wanted !== "" && !all.some((tag) => tag.name.toLowerCase() === wanted.toLowerCase());

  const create = async () => {
    setBusy(true);
    try {
      const tag = await call<TagRef>("POST", "/tags", { body: { name: wanted } });
      await queries.invalidateQueries({ queryKey: keys.all("tags") });
      onChoose(tag, true);
      setTyped("");
    } catch (error) {
      toast.failed(t("records.tagNotMade"), error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Popover
      label={t("records.tags")}
      trigger={trigger}
      onOpenChange={() => setTyped("")}
      className="w-60"
    >
      <form
        className="flex flex-col gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          const [only] = shown;
          if (isNew && can("tags:write")) void create();
          else if (only) onChoose(only, !chosen.includes(only.id));
        }}
      >
        <Input
          aria-label={t("records.findTag")}
          placeholder={t("records.findTag")}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
        />
        <fieldset className="flex max-h-56 min-w-0 flex-col overflow-y-auto">
          <legend className="sr-only">{t("records.tags")}</legend>
          {shown.map((tag) => (
            <label key={tag.id} className="flex min-h-7 min-w-0 items-center gap-2">
              <input
                type="checkbox"
                checked={chosen.includes(tag.id)}
                onChange={(event) => onChoose(tag, event.target.checked)}
                className="size-4 shrink-0 accent-accent"
              />
              <TagChip tag={tag} />
            </label>
          ))}
          {shown.length === 0 && !isNew && <p className="text-muted">{t("records.noTags")}</p>}
        </fieldset>
        {isNew && can("tags:write") && (
          <Button type="submit" icon={TagIcon} busy={busy} className="max-w-full">
            <span className="truncate">{t("records.makeTag", { name: wanted })}</span>
          </Button>
        )}
      </form>
    </Popover>
  );
}
