
namespace SafeTune.Tests.Cli;

/// <summary>
/// Random combinations of present, missing, stale, swapped, truncated and foreign files around a valid model and adapter. A prediction is then that of an undamaged model, or something is said about it;
/// never a stack trace, never a mixture, and nothing that lay there is lost.
/// </summary>
public sealed class FolderFuzz : IDisposable
{
    private const int Combinations = 5000, PerTraining = 50;

    // Of other programs, or left by a killed process: none of them is read.
    private static readonly string[] Foreign =
    [
        "README.md", "optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_state.json", "training_args.bin", "all_results.json", "pytorch_model.bin.partial", "adapter_model.safetensors.partial",
        "flax_model.msgpack", "tf_model.h5", "modules.json", ".gitattributes", "chat_template.jinja", "model.onnx", "vocab.txt.bak", "events.out.tfevents.1", "freeze_plan.json",
    ];

    private readonly Workbench bench = new();
    private readonly TinyModel other = new();
    private readonly Dictionary<string, byte[]> pool = [];
    private readonly string[] adapters = ["lora", "houlsby", "bitfit", "second"];
    private readonly string table;

    public FolderFuzz()
    {
        table = bench.Write("table.csv", "text\nred cat sings\nblue dog runs fast\nslow bird\n");
        foreach (var method in adapters[..3]) Assert.Equal(0, bench.Train(method, "--method", method, "--learning-rate", "0.05", "--epochs", "3").Code);
        Assert.Equal(0, bench.Train("second", "--method", "lora", "--learning-rate", "0.05", "--epochs", "3", "--seed", "7", "--rank", "4").Code);
        // The other model has other weights and the same sizes.
        Perturb(other.Folder);
        foreach (var folder in adapters.Select(bench.Path).Append(bench.Model).Append(other.Folder))
            foreach (var file in Directory.GetFiles(folder)) pool[$"{folder}/{Path.GetFileName(file)}"] = File.ReadAllBytes(file);
    }

    public void Dispose()
    {
        bench.Dispose();
        other.Dispose();
    }

    [Fact]
    public void Folders_in_any_state_give_a_right_prediction_or_a_sentence()
    {
        var right = adapters.ToDictionary(adapter => adapter, adapter => Predict(bench.Path(adapter), bench.Model).Written!);
        var (refused, told, silent) = (0, 0, 0);
        for (var seed = 0; seed < Combinations; seed++)
        {
            var random = new Random(seed);
            var adapter = adapters[random.Next(adapters.Length)];
            var (folder, model) = (Copy(bench.Path(adapter), "a"), Copy(bench.Model, "m"));
            var changes = string.Join("; ", Enumerable.Range(0, random.Next(1, 5)).Select(_ => Change(random.Next(2) == 0 ? folder : model, random)));
            var before = Contents(folder, model);

            var (outcome, written) = Predict(folder, model);

            var what = $"seed {seed}, {adapter}: {changes}: {outcome.Error}";
            Assert.True(outcome.Code is 0 or 2, what);
            Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
            Assert.True(before.SequenceEqual(Contents(folder, model)), what);
            if (outcome.Code == 2)
            {
                Assert.True(outcome.Errors.Length >= 1 && written is null, what);
                refused++;
            }
            else if (outcome.Errors.Length > 0) told++;
            else
            {
                // Every file of another adapter makes it that adapter.
                Assert.True(right.ContainsValue(written!), what);
                silent++;
            }
        }

        // Each kind of end occurs, or the combinations would prove nothing.
        Assert.All((int[])[refused, told, silent], count => Assert.True(count > Combinations / 20, $"{refused} refused, {told} told, {silent} silent"));
    }

    [Fact]
    public void Trainings_into_folders_in_any_state_lose_nothing_of_another_run()
    {
        for (var seed = 0; seed < Combinations / PerTraining; seed++)
        {
            var random = new Random(seed);
            // An interrupted run, and what else may lie there.
            var output = $"run{seed}";
            bench.Interrupt(output);
            var run = bench.Path(output) + ".run";
            if (random.Next(2) == 0) Directory.CreateDirectory(bench.Path(output));
            var changes = string.Join("; ", Enumerable.Range(0, random.Next(0, 4)).Select(_ => Change(random.Next(3) == 0 && Directory.Exists(bench.Path(output)) ? bench.Path(output) : Directory.GetDirectories(Path.Combine(run, "checkpoints"))[0], random)));
            string[] options = random.Next(4) switch { 0 => [], 1 => ["--seed", "5"], 2 => ["--batch-size", "8"], _ => ["--method", "houlsby"] };
            var before = Contents(run, bench.Path(output));

            var outcome = bench.Train(output, ["--epochs", "1", .. options]);

            var what = $"seed {seed}, {string.Join(' ', options)}: {changes}: {outcome.Error}";
            Assert.True(outcome.Code is 0 or 2, what);
            Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
            if (outcome.Code == 2) Assert.True(before.SequenceEqual(Contents(run, bench.Path(output))), what);
            // What is no part of a result is the user's.
            Assert.All(before.Where(file => file.Path.StartsWith(bench.Path(output) + "/", StringComparison.Ordinal) && Foreign.Take(8).Contains(Path.GetFileName(file.Path))), file => Assert.True(File.Exists(file.Path), what));
        }
    }

    private string Change(string folder, Random random)
    {
        var files = Directory.GetFiles(folder);
        var kind = files.Length == 0 ? 5 : random.Next(7);
        if (kind >= 5)
        {
            var (name, content) = kind == 5 ? (Foreign[random.Next(Foreign.Length)], "foreign"u8.ToArray()) : Stale(random);
            File.WriteAllBytes(Path.Combine(folder, name), content);
            return $"{name} appears in {Path.GetFileName(folder)}";
        }

        var path = files[random.Next(files.Length)];
        var bytes = File.ReadAllBytes(path);
        switch (kind)
        {
            case 0:
                File.Delete(path);
                return $"{Path.GetFileName(path)} is gone";
            case 1:
                File.WriteAllBytes(path, []);
                return $"{Path.GetFileName(path)} is empty";
            case 2:
                File.WriteAllBytes(path, bytes[..random.Next(bytes.Length)]);
                return $"{Path.GetFileName(path)} is cut";
            case 3:
                random.NextBytes(bytes);
                File.WriteAllBytes(path, bytes);
                return $"{Path.GetFileName(path)} is noise";
            default:
                // A valid file of the same name from elsewhere.
                var others = pool.Where(file => Path.GetFileName(file.Key) == Path.GetFileName(path) && !file.Value.AsSpan().SequenceEqual(bytes)).ToArray();
                if (others.Length == 0) return "nothing";
                var chosen = others[random.Next(others.Length)];
                File.WriteAllBytes(path, chosen.Value);
                return $"{Path.GetFileName(path)} is that of {Path.GetFileName(Path.GetDirectoryName(chosen.Key))}";
        }
    }

    // A file of another result, as a replacement file by file leaves it.
    private (string Name, byte[] Content) Stale(Random random)
    {
        var file = pool.ElementAt(random.Next(pool.Count));
        return (Path.GetFileName(file.Key), file.Value);
    }

    private (Outcome Outcome, string? Written) Predict(string adapter, string model)
    {
        var output = bench.Path("predicted.csv");
        File.Delete(output);
        var outcome = CommandLine.Run("predict", "--adapter", adapter, "--model", model, "--data", table, "--output", output, "--threads", "1");
        return (outcome, File.Exists(output) ? File.ReadAllText(output) : null);
    }

    private string Copy(string folder, string name)
    {
        var copy = bench.Path(name);
        if (Directory.Exists(copy)) Directory.Delete(copy, recursive: true);
        Directory.CreateDirectory(copy);
        foreach (var (path, content) in pool.Where(file => Path.GetDirectoryName(file.Key) == folder)) File.WriteAllBytes(Path.Combine(copy, Path.GetFileName(path)), content);
        return copy;
    }

    private static (string Path, string Content)[] Contents(params string[] folders) =>
        [.. folders.Where(Directory.Exists).SelectMany(folder => Directory.GetFiles(folder, "*", SearchOption.AllDirectories)).Order(StringComparer.Ordinal).Select(path => (path, Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))))];

    private static void Perturb(string folder)
    {
        var path = Path.Combine(folder, "model.safetensors");
        using (var file = SafeTune.Checkpoints.SafeTensorsFile.Open(path))
            SafeTune.Checkpoints.SafeTensors.Write(path + ".new", [.. file.Entries.Keys.Select(name => (name, file.Read(name).mul(1.5)))]);
        File.Move(path + ".new", path, overwrite: true);
    }
}
