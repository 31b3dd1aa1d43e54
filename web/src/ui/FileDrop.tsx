import Paperclip from "lucide-react/icons/paperclip";
import { type DragEvent, type ReactNode, useId, useState } from "react";
import { cx } from "@/lib/cx";
import { formatBytes } from "@/lib/format";
import { t } from "@/messages";
import { toast } from "./toast";

/** 10 MiB, what the server takes unless it is told otherwise. */
export const defaultFileLimit = 10 * 1024 * 1024;

/** Leaves out the files that are too large, and says so. */
export function withinLimit(files: readonly File[], limit = defaultFileLimit): File[] {
  return files.filter((file) => {
    if (file.size <= limit) return true;
    toast.failed(t("ui.fileTooLarge", { name: file.name, limit: formatBytes(limit) }));
    return false;
  });
}

/** A place to drop files on or to choose them from. */
export function FileDrop({
  onFiles,
  accept,
  limit = defaultFileLimit,
  multiple = true,
}: {
  onFiles: (files: File[]) => void;
  accept?: string;
  limit?: number;
  multiple?: boolean;
}): ReactNode {
  const id = useId();
  const [over, setOver] = useState(false);
  const take = (list: FileList | null) => {
    const files = withinLimit([...(list ?? [])], limit).slice(0, multiple ? undefined : 1);
    if (files.length > 0) onFiles(files);
  };
  const drag = (event: DragEvent, on: boolean) => {
    event.preventDefault();
    setOver(on);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the input inside does the same
    <div
      onDragOver={(event) => drag(event, true)}
      onDragLeave={(event) => drag(event, false)}
      onDrop={(event) => {
        drag(event, false);
        take(event.dataTransfer.files);
      }}
      className={cx(
        "flex items-center justify-center gap-2 rounded-md border border-dashed border-control px-4 py-5 text-muted",
        over && "border-accent bg-selected text-text",
      )}
    >
      <Paperclip size={16} aria-hidden />
      <span>
        {t("ui.dropFiles")}{" "}
        <label
          htmlFor={id}
          className="cursor-pointer font-medium text-accent-text underline has-focus-visible:outline-2"
        >
          {t("ui.chooseFiles")}
          <input
            id={id}
            type="file"
            multiple={multiple}
            accept={accept}
            className="sr-only"
            onChange={(event) => {
              take(event.target.files);
              event.target.value = "";
            }}
          />
        </label>
      </span>
    </div>
  );
}
