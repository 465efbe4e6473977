using SafeTune.Data;
using SafeTune.Training;

namespace SafeTune.Tests.Cli;

/// <summary>The README's example, compiled and run; what stands between the markers stands in README.md to the letter.</summary>
internal static class ReadmeSnippet
{
    public static void Run()
    {
        // snippet
        var (train, validation) = UserTable.Load("reviews.csv", ["text"], "label").SplitOff(0.1, seed: 1);
        var job = new FineTuneJob
        {
            ModelFolder = "all-MiniLM-L6-v2", Method = "lora+safe", Train = train, Validation = validation,
            Safe = new() { ProbesPerEpoch = 4 },
        };
        using var tuner = new FineTuner(job);
        var report = tuner.Run();
        Console.WriteLine($"accuracy {report.Scores["accuracy"]:P1}, {report.FrozenFraction:P0} of the blocks frozen");
        FineTunedModel.Save("adapter", job, tuner, report);

        using var model = FineTunedModel.Load("adapter");
        foreach (var (label, score) in model.Predict(UserTable.Load("new.csv", ["text"], labelColumn: null)))
            Console.WriteLine($"{label} {score:F3}");
        // end
    }
}
