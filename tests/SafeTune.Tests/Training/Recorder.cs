using SafeTune.Training;

namespace SafeTune.Tests.Training;

/// <summary>Remembers what a training tells.</summary>
internal sealed class Recorder : ITrainingListener
{
    public List<double> Losses { get; } = [];

    public List<double> Rates { get; } = [];

    public List<FreezeEvent> Freezes { get; } = [];

    public List<IReadOnlyDictionary<string, double>> Evaluations { get; } = [];

    public List<string> Notes { get; } = [];

    public Action<int>? OnStep { get; set; }

    public Action<FreezeEvent>? OnFreeze { get; set; }

    public void Started(string configuration, string parameters)
    {
    }

    public void Step(StepInfo step)
    {
        Losses.Add(step.Loss);
        Rates.Add(step.LearningRate);
        OnStep?.Invoke(step.Step);
    }

    public void Probed(ProbeInfo probe)
    {
    }

    public void Froze(FreezeEvent freeze)
    {
        Freezes.Add(freeze);
        OnFreeze?.Invoke(freeze);
    }

    public void Evaluated(int epoch, IReadOnlyDictionary<string, double> scores) => Evaluations.Add(scores);

    public void Note(string sentence) => Notes.Add(sentence);
}
