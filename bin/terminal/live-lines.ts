/** Lines that are kept up to date in place on a terminal; elsewhere each change is a line of its own. */
export interface LiveLines {
  /**
   * Sets the line of that name; new names are added below.
   *
   * @param detail what comes after the text and changes all the time: by itself it is no change
   */
  set(name: string, text: string, detail?: string): void;
  /** Leaves the lines as they are; what is written next comes below them. */
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
    // A line that wraps would make the count of drawn lines wrong.
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
