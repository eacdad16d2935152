import { expect, it } from 'vitest';
import { fileName } from '../../shared/uploads/file-name.ts';
import { readFileForm } from '../../shared/uploads/form-data.ts';
import forms from './client-forms.json' with { type: 'json' };

/**
 * Forms as clients send them, byte for byte. Those with `recorded` were recorded from the client, the others follow
 * its documentation and issue reports. `given` is the name of the file on the client's disk.
 */
it.each(forms)('stores the file $given of $client as $stored (report 7)', ({ type, stored, ...form }) => {
  const bytes = form.latin1 === undefined ? Buffer.from(form.body ?? '') : Buffer.from(form.latin1, 'latin1');
  const read = () => {
    const { name, content } = readFileForm(type, bytes);
    expect(content.toString()).toBe('x');
    return fileName(name);
  };
  if (stored === null) expect(read).toThrow('file name is not Unicode text; send it in UTF-8');
  else expect(read()).toBe(stored);
});
