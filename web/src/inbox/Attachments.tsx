import FileIcon from "lucide-react/icons/file";
import { type ReactNode, useState } from "react";
import { formatBytes } from "@/lib/format";
import { t } from "@/messages";
import type { Attachment } from "./types";

/** The files of a message: pictures as small ones, everything else by name and size. */
export function Attachments({ files }: { files: readonly Attachment[] }): ReactNode {
  if (files.length === 0) return null;
  return (
    <ul className="mt-2 flex flex-wrap gap-2">
      {files.map((file) => (
        <li key={file.id} className="min-w-0">
          <OneFile file={file} />
        </li>
      ))}
    </ul>
  );
}

function OneFile({ file }: { file: Attachment }): ReactNode {
  const [broken, setBroken] = useState(false);
  const href = file.url;
  const title = `${file.name} · ${formatBytes(file.size)}`;
  const isPicture = file.thumbnailUrl !== undefined && !broken;
  if (isPicture) {
    return (
      <a
        href={href}
        target="_blank"
        rel="noreferrer"
        title={title}
        className="block overflow-hidden rounded-md border hover:border-control"
      >
        <img
          src={file.thumbnailUrl}
          alt={t("inbox.picture", { name: file.name })}
          loading="lazy"
          {...thumbnailSize(file)}
          onError={() => setBroken(true)}
          className="max-h-40 w-auto bg-sunken object-cover"
        />
      </a>
    );
  }
  return (
    <a
      href={href}
      target="_blank"
      rel="noreferrer"
      className="flex min-h-8 max-w-64 items-center gap-2 rounded-md border px-2 hover:border-control hover:bg-hover"
    >
      <FileIcon size={15} aria-hidden className="shrink-0 text-muted" />
      <span dir="auto" className="truncate">
        {file.name}
      </span>
      <span className="shrink-0 text-sm text-faint">{formatBytes(file.size)}</span>
    </a>
  );
}

/** The place that a thumbnail will take, so that nothing jumps when it comes. */
function thumbnailSize({ width, height }: Attachment): { width?: number; height?: number } {
  if (!width || !height) return {};
  const scale = Math.min(1, 160 / height, 320 / width);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}
