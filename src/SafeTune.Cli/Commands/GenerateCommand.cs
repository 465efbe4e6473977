using System.CommandLine;
using SafeTune.Adapters;
using SafeTune.Data;
using SafeTune.Generation;
using SafeTune.Models;
using SafeTune.Tokenization;

namespace SafeTune.Cli.Commands;

/// <summary><c>safetune generate</c>: continues prompts with a language model.</summary>
internal sealed class GenerateCommand
{
    private static readonly GenerationOptions Usual = new();

    private readonly Argument<string> model = new("model") { Description = "Folder of a language model (gpt2, llama) with its tokenizer." };
    private readonly Option<string[]> prompts = new("--prompt") { Description = "Text to go on from; may be given several times.", HelpName = "text" };
    private readonly Option<string?> file = Opt.Text("--prompts", "File with a prompt a line.", "file");
    private readonly Option<string?> adapter = Opt.Text("--adapter", "Folder of a LoRA adapter in peft's layout.", "dir");
    private readonly Option<string?> tokenizer = Opt.Text("--tokenizer", "Folder of the tokenizer, when the model's has none.", "dir");
    private readonly Option<int> newTokens = Opt.Integer("--max-new-tokens", "Tokens generated at most.", Usual.MaxNewTokens);
    private readonly Option<int> beams = Opt.Integer("--beams", "Beams searched; 1 = the likeliest token each time.", Usual.Beams);
    private readonly Option<double> lengthPenalty = Opt.Number("--length-penalty", "Beams are ranked by log-probability / length ^ x.", Usual.LengthPenalty);
    private readonly Option<int> noRepeat = Opt.Integer("--no-repeat-ngram", "No n-gram of this size occurs twice; 0 = no such rule.", Usual.NoRepeatNgram);
    private readonly Option<bool> earlyStopping = Opt.Flag("--early-stopping", "End a beam search as soon as enough beams have finished.");
    private readonly Option<int> batch = Opt.Integer("--batch", "Prompts at a time.", 8);
    private readonly Option<int?> threads = Opt.OptionalInteger("--threads", "Threads that torch uses. Default: all processors.");
    private readonly Option<bool> json = Opt.Flag("--json", "Print a JSON object a prompt: prompt, text, ids, tokens, score.");

    public static Command Make(Session session)
    {
        var options = new GenerateCommand();
        var command = new Command("generate", "Continues prompts with a language model, greedily or by beam search.").WithExamples(
            "safetune generate gpt2 --prompt \"Once upon a time\" --max-new-tokens 40",
            "safetune generate gpt2 --adapter e2e-adapter --prompts prompts.txt --beams 10 --length-penalty 0.8 --no-repeat-ngram 4 --json");
        command.Arguments.Add(options.model);
        foreach (var option in new Option[] { options.prompts, options.file, options.adapter, options.tokenizer, options.newTokens, options.beams, options.lengthPenalty, options.noRepeat, options.earlyStopping, options.batch, options.threads, options.json })
            command.Add(option);
        command.SetAction(parsed => options.Run(session, parsed));
        return command;
    }

    private int Run(Session session, ParseResult parsed)
    {
        Threads.Use(parsed.GetValue(threads));
        var folder = parsed.GetRequiredValue(model);
        var texts = Prompts(parsed);
        var size = parsed.GetValue(batch);
        if (size < 1) throw new UsageException($"--batch takes at least 1, not {size}.");
        var options = new GenerationOptions(
            parsed.GetValue(newTokens), parsed.GetValue(beams), parsed.GetValue(lengthPenalty), parsed.GetValue(noRepeat),
            parsed.GetValue(earlyStopping) ? EarlyStopping.WhenFull : EarlyStopping.WhenUnlikely).WithTokensOf(folder);
        var adapterFolder = parsed.GetValue(adapter);
        using var loaded = AutoModel.Load(folder, HeadOptions.NextToken(), new LoadOptions(Warn: session.Error.WriteLine) { Brought = adapterFolder is null ? new HashSet<string>() : AdapterFolder.Whole(adapterFolder) });
        if (adapterFolder is not null) AdapterFolder.Load(adapterFolder, loaded, session.Error.WriteLine);
        var words = AutoTokenizer.Load(parsed.GetValue(tokenizer) ?? folder);
        loaded.Config.CheckTokenizer(words.VocabularySize);
        var generator = new Generator(loaded, options);
        foreach (var part in texts.Chunk(size))
        {
            session.Stop.ThrowIfCancellationRequested();
            var found = generator.Generate([.. part.Select(text => Ids(words, text))]);
            for (var i = 0; i < part.Length; i++) Write(session, words, part[i], found[i], parsed.GetValue(json), isOnly: texts.Count == 1);
        }

        return ExitCode.Fine;
    }

    // An empty prompt begins where texts begin.
    private static int[] Ids(Tokenizer tokenizer, string text) =>
        tokenizer.Encode(text).Ids is { Length: > 0 } ids ? ids : tokenizer.BeginId is { } begin ? [begin] : throw new UsageException("The prompt is empty, and this tokenizer has no token that begins a text; give some text.");

    private static void Write(Session session, Tokenizer tokenizer, string prompt, Generated found, bool json, bool isOnly)
    {
        var text = tokenizer.Decode(found.Ids, skipSpecial: true);
        if (json) session.Output.WriteJson(new { prompt, text, found.Ids, Tokens = found.Ids.Select(tokenizer.Token), found.Score }, onOneLine: true);
        else if (isOnly) session.Output.WriteLine(text);
        else session.Output.WriteLine($"{prompt}\n  {text.ReplaceLineEndings("\n  ")}\n");
    }

    private IReadOnlyList<string> Prompts(ParseResult parsed)
    {
        var given = parsed.GetValue(prompts) ?? [];
        var path = parsed.GetValue(file);
        if (path is null) return given.Length > 0 ? given : throw new UsageException("Name what to go on from: --prompt TEXT, or --prompts FILE with a prompt a line.");
        if (!File.Exists(path)) throw new UsageException($"There is no file '{path}'; expected a prompt a line.");
        return [.. given, .. TextLines.Of(path)];
    }
}
