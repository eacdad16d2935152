import { openUpload } from '../../../shared/client/local-files.ts';
import { groupId } from '../../session/identifiers.ts';
import { createLiveLines } from '../../terminal/live-lines.ts';
import { type AddCommand, existingFile, type GroupChoice, groupOption } from '../options.ts';

interface Options extends GroupChoice {
  readonly input: string;
}

export const addUploadFile: AddCommand = (parent, cli) => {
  parent
    .command('upload')
    .description('upload a file for the runs of a group')
    .addOption(groupOption())
    .requiredOption('-i, --input <path>', 'file to upload', existingFile)
    .action(async ({ group, input }: Options) => {
      const id = groupId(group, cli.env);
      const { content, name, sha256 } = await openUpload(input);
      const line = createLiveLines(cli.errors);
      // A form upload is sent in one request.
      if (sha256 !== undefined) line.set(name, `Uploading '${name}'`);
      const file = await (await cli.client()).files.upload(id, content, name, {
        sha256,
        onProgress(bytes) {
          line.set(name, `Uploading '${name}'`, ` ${Math.floor((100 * bytes) / content.size)} %`);
        },
      });
      cli.print(`Uploaded '${file.name}' with ID ${file.id}.`);
    });
};
