/** Lines that are kept up to date in place on a terminal; elsewhere each change is a line of its own. */
export interface LiveLines {
  /** Sets the line of that name; new names are added below. */
  set(name: string, text: string): void;
  /** Leaves the lines as they are; what is written next comes below them. */
  done(): void;
}

const CLEAR_LINE = '\x1b[2K';
const up = (lines: number) => (lines > 0 ? `\x1b[${lines}A` : '');

export function createLiveLines(output: NodeJS.WriteStream): LiveLines {
  const lines = new Map<string, string>();
  let drawn = 0;

  const draw = () => {
    const width = output.columns || 80;
    // A line that wraps would make the count of drawn lines wrong.
    const shown = [...lines.values()].map((text) => `\r${CLEAR_LINE}${text.slice(0, width - 1)}\n`);
    output.write(up(drawn) + shown.join(''));
    drawn = shown.length;
  };

  return {
    set(name, text) {
      if (lines.get(name) === text) return;
      lines.set(name, text);
      if (output.isTTY) draw();
      else output.write(`${text}\n`);
    },
    done() {
      lines.clear();
      drawn = 0;
    },
  };
}
