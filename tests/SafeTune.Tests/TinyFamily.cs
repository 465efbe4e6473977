using System.Globalization;
using System.Text;
using System.Text.Json;
using SafeTune.Batching;
using SafeTune.Checkpoints;
using SafeTune.Data;
using SafeTune.Models;
using SafeTune.Training;
using TorchSharp;

namespace SafeTune.Tests;

/// <summary>A folder with a small random model of one family and its tokenizer, and a task that it can learn.</summary>
internal sealed class TinyFamily : IDisposable
{
    /// <summary>Every family there is; 3 blocks each, Swin 2 + 2.</summary>
    public static readonly string[] All = ["bert", "roberta", "gpt2", "llama", "vit", "swin"];

    private static readonly Dictionary<string, string> Configs = new()
    {
        ["bert"] = """{"vocab_size": 300, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 64, "max_position_embeddings": 40}""",
        ["roberta"] = """
            {"vocab_size": 300, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 64, "max_position_embeddings": 80, "type_vocab_size": 1,
             "pad_token_id": 1, "layer_norm_eps": 1e-5}
            """,
        ["gpt2"] = """{"vocab_size": 300, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 80, "bos_token_id": 256, "eos_token_id": 256}""",
        ["llama"] = """
            {"vocab_size": 300, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 56, "max_position_embeddings": 80,
             "hidden_act": "silu", "rms_norm_eps": 1e-5, "tie_word_embeddings": false, "bos_token_id": 1, "eos_token_id": 2}
            """,
        ["vit"] = """{"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 64, "image_size": 16, "patch_size": 4, "num_channels": 3}""",
        ["swin"] = """{"embed_dim": 16, "depths": [2, 2], "num_heads": [2, 4], "window_size": 4, "image_size": 16, "patch_size": 2, "num_channels": 3, "mlp_ratio": 2.0, "drop_path_rate": 0.0}""",
    };

    private readonly string type;
    private readonly bool masked;

    /// <param name="type">One of <see cref="All"/>.</param>
    /// <param name="layers">Blocks.</param>
    /// <param name="masked">An encoder as it is pre-trained, with its head for masked tokens.</param>
    public TinyFamily(string type, int layers = 3, bool masked = false)
    {
        (this.type, this.masked) = (type, masked);
        Directory.CreateDirectory(Folder);
        File.WriteAllText(At("config.json"), Configs[type].Replace("_layers\": 3", $"_layers\": {layers}", StringComparison.Ordinal).Trim().Insert(1, $"\"model_type\": \"{type}\", "));
        WriteTokenizer();
        torch.manual_seed(7);
        using var model = AutoModel.Random(AutoModel.Configuration(Folder) with { InitializerRange = 0.2 }, Head);
        var head = model.HeadWeights.Select(entry => entry.Path).ToHashSet();
        SafeTensors.Write(At("model.safetensors"), model.NamedWeights().Where(entry => !head.Contains(entry.Path)).Select(entry => (entry.Path, entry.Weight.Value)));
    }

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), "safetune-family-" + Guid.NewGuid().ToString("N"));

    /// <summary>The head that <see cref="Task"/> wants.</summary>
    public HeadOptions Head => masked ? HeadOptions.MaskedTokens() : type is "gpt2" or "llama" ? HeadOptions.NextToken() : HeadOptions.Classes(2);

    /// <summary>Two kinds of sentences or of images, or sentences to go on with or to fill in.</summary>
    public Dataset Task(int count, int seed = 1) => type switch
    {
        "gpt2" or "llama" => Sentences(count, seed),
        "vit" or "swin" => Images(count, seed),
        _ when masked => Texts(count, seed),
        _ => TinyModel.Halves(count, seed),
    };

    /// <summary>A labelled batch of the task.</summary>
    public Batch Batch(Transformer model, int size)
    {
        var task = Task(size);
        return new Batches(task, ExampleEncoders.For(model, Folder, maxLength: 32), size, device: null).Of([.. Enumerable.Range(0, size)]);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    // The completion repeats the prompt's kind of words.
    private static Dataset Sentences(int count, int seed)
    {
        var halves = TinyModel.Halves(2 * count, seed).Examples.Cast<TextExample>().ToArray();
        var examples = Enumerable.Range(0, count).Select(i => new PromptExample(halves[i].Text[..6], " " + halves[i + (count % 2 == 0 ? count : count - 1)].Text[..8]));
        return new Dataset("sentences", "train", [.. examples], null, 0) { Task = TaskKind.LanguageModelling };
    }

    private static Dataset Texts(int count, int seed) => new("texts", "train", [.. TinyModel.Halves(count, seed).Examples.Cast<TextExample>().Select(example => new PromptExample("", example.Text))], null, 0)
    {
        Task = TaskKind.MaskedLanguageModelling,
    };

    // Reddish or bluish noise.
    private static Dataset Images(int count, int seed)
    {
        const int side = 16;
        var random = new Random(seed);
        Example Image(int label)
        {
            var pixels = new byte[3 * side * side];
            for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)(random.Next(128) + (i % 3 == 2 * label ? 128 : 0));
            return new ImageExample(side, side, pixels, label);
        }

        return new Dataset("images", "train", [.. Enumerable.Range(0, count).Select(i => Image(i % 2))], ["red", "blue"], 0);
    }

    private void WriteTokenizer()
    {
        switch (type)
        {
            case "bert":
                var words = TinyModel.Halves(50).Examples.Cast<TextExample>().SelectMany(example => example.Text.Split(' ')).Distinct().Order(StringComparer.Ordinal);
                File.WriteAllLines(At("vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. words]);
                break;
            case "roberta":
                WriteBytes(["<s>", "<pad>", "</s>", "<unk>"], ["<mask>"]);
                break;
            case "gpt2":
                WriteBytes([], ["<|endoftext|>"]);
                break;
            case "llama":
                File.WriteAllBytes(At("tokenizer.model"), SentencePieces());
                break;
        }
    }

    // Byte-level BPE without merges: GPT-2's alphabet of 256 printable characters.
    private void WriteBytes(string[] before, string[] after)
    {
        var printable = Enumerable.Range('!', '~' - '!' + 1).Concat(Enumerable.Range('¡', '¬' - '¡' + 1)).Concat(Enumerable.Range('®', 'ÿ' - '®' + 1)).ToHashSet();
        var others = 256;
        var alphabet = Enumerable.Range(0, 256).Select(value => ((char)(printable.Contains(value) ? value : others++)).ToString());
        var vocabulary = before.Concat(alphabet).Concat(after).Index().ToDictionary(piece => piece.Item, piece => piece.Index);
        File.WriteAllText(At("vocab.json"), JsonSerializer.Serialize(vocabulary));
        File.WriteAllText(At("merges.txt"), "#version: 0.2\n");
    }

    // A sentencepiece model in protobuf: <unk>, <s>, </s>, 256 bytes, the letters; BPE.
    private static byte[] SentencePieces()
    {
        using var model = new MemoryStream();
        void Piece(string text, float score, int kind)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            byte[] piece = [0x0A, (byte)bytes.Length, .. bytes, 0x15, .. BitConverter.GetBytes(score), 0x18, (byte)kind];
            model.Write([0x0A, (byte)piece.Length, .. piece]);
        }

        Piece("<unk>", 0, 2);
        Piece("<s>", 0, 3);
        Piece("</s>", 0, 3);
        for (var value = 0; value < 256; value++) Piece(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>"), 0, 6);
        foreach (var (index, letter) in "▁abcdefghijklmnopqrstuvwxyz".Index()) Piece(letter.ToString(), -index, 1);
        // trainer_spec { model_type: BPE, byte_fallback: true }
        model.Write([0x12, 0x05, 0x18, 0x02, 0x98, 0x02, 0x01]);
        return model.ToArray();
    }

    private string At(string name) => Path.Combine(Folder, name);
}
