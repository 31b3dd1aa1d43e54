import { useQuery } from "@tanstack/react-query";
import TagIcon from "lucide-react/icons/tag";
import X from "lucide-react/icons/x";
import type { ReactNode } from "react";
import { useCan } from "@/api/session";
import { t } from "@/messages";
import { Picker } from "./Picker";
import { tagsQuery } from "./queries";
import type { Tag } from "./types";

/** A tag's own colour as a dot; its name says the rest. */
export function TagDot({ colour }: { colour: string }): ReactNode {
  return (
    <span
      aria-hidden
      style={{ background: colour || "var(--line-control)" }}
      className="inline-block size-2 shrink-0 rounded-full"
    />
  );
}

export function TagChip({ tag, onRemove }: { tag: Tag; onRemove?: () => void }): ReactNode {
  return (
    <span className="inline-flex min-h-6 max-w-44 items-center gap-1.5 rounded-md border ps-1.5 pe-1.5 text-sm">
      <TagDot colour={tag.colour} />
      <span dir="auto" className="truncate">
        {tag.name}
      </span>
      {onRemove && (
        <button
          type="button"
          aria-label={t("inbox.removeTag", { name: tag.name })}
          onClick={onRemove}
          className="-me-1.5 inline-flex size-6 items-center justify-center rounded-sm text-faint hover:text-text"
        >
          <X size={12} aria-hidden />
        </button>
      )}
    </span>
  );
}

/** The tags of a ticket or customer, to add to and take from. */
export function TagsEditor({
  tags,
  editable,
  open,
  onOpenChange,
  onChange,
}: {
  tags: readonly Tag[];
  editable: boolean;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onChange: (tags: Tag[]) => void;
}): ReactNode {
  const can = useCan();
  const known = useQuery({ ...tagsQuery, enabled: open });
  const without = (id: string) => tags.filter((tag) => tag.id !== id);
  return (
    <>
      {tags.map((tag) => (
        <TagChip
          key={tag.id}
          tag={tag}
          {...(editable ? { onRemove: () => onChange(without(tag.id)) } : {})}
        />
      ))}
      {editable && (
        <Picker
          label={t("inbox.tags")}
          stays
          open={open}
          onOpenChange={onOpenChange}
          loading={known.isFetching}
          chosen={new Set(tags.map((tag) => tag.id))}
          choices={(known.data ?? []).map((tag) => ({
            value: tag.id,
            label: tag.name,
            mark: <TagDot colour={tag.colour} />,
          }))}
          onChoose={(id) => {
            const tag = known.data?.find((one) => one.id === id);
            if (tags.some((one) => one.id === id)) onChange(without(id));
            else if (tag) onChange([...tags, tag]);
          }}
          onCreate={
            can("tags:write")
              ? (name) => onChange([...tags, { id: `new:${name}`, name, colour: "" }])
              : undefined
          }
          trigger={
            <button
              type="button"
              className="inline-flex min-h-6 items-center gap-1.5 rounded-md px-1.5 text-muted hover:bg-hover hover:text-text"
            >
              <TagIcon size={14} aria-hidden />
              {t("inbox.tag")}
            </button>
          }
        />
      )}
    </>
  );
}
