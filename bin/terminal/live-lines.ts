/** Lines that are updated in place on a terminal; elsewhere each change is a new line. */
export interface LiveLines {
  /**
   * Sets the line with that name; new names are added below.
   *
   * @param detail text that changes all the time: a change of it alone prints no new line
   */
  set(name: string, text: string, detail?: string): void;
  /** Leaves the lines unchanged; later output follows below them. */
  done(): void;
}

/** The part of a stream that is needed here. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

interface Line {
  readonly text: string;
  readonly detail: string;
}

const CLEAR_LINE = '\x1b[2K';
const up = (lines: number) => (lines > 0 ? `\x1b[${lines}A` : '');
const shown = ({ text, detail }: Line) => `${text}${detail}`.trimEnd();

export function createLiveLines(output: Output): LiveLines {
  const lines = new Map<string, Line>();
  let drawn = 0;

  const draw = () => {
    const width = output.columns || 80;
    // A line that wraps would make the number of drawn lines wrong.
    const rows = [...lines.values()].map((line) => `\r${CLEAR_LINE}${shown(line).slice(0, width - 1)}\n`);
    output.write(up(drawn) + rows.join(''));
    drawn = rows.length;
  };

  return {
    set(name, text, detail = '') {
      const before = lines.get(name);
      const line = { text, detail };
      lines.set(name, line);
      if (output.isTTY) {
        if (before?.text !== text || before.detail !== detail) draw();
      } else if (before?.text !== text) output.write(`${shown(line)}\n`);
    },
    done() {
      lines.clear();
      drawn = 0;
    },
  };
}
