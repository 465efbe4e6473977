using SafeTune.Data;
using SafeTune.Models;
using SafeTune.Tests.Data;
using SafeTune.Training;
using TorchSharp;

namespace SafeTune.Tests.Training.Saved;

public sealed class FineTunedModelTests : IDisposable
{
    private readonly TinyModel model = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("poor", 5, 1, 2)]
    [InlineData("fair", 2, 5, 1)]
    [InlineData("good", 1, 2, 5)]
    public void A_text_is_given_the_name_of_its_likeliest_class_and_its_probability(string expected, double poor, double fair, double good)
    {
        // A head that answers by its bias alone: probabilities of 1, 2 and 5 eighths.
        using var tuned = Tuned(Texts(3, ["poor", "fair", "good"]), [Math.Log(poor), Math.Log(fair), Math.Log(good)]);
        Assert.All(tuned.Predict(TinyModel.Halves(5)), prediction =>
        {
            Assert.Equal(expected, prediction.Label);
            Assert.Equal(5 / 8.0, prediction.Score, 6);
        });
    }

    [Fact]
    public void A_number_is_predicted_as_it_is_and_has_no_label()
    {
        using var tuned = Tuned(Texts(3, names: null), [-2.5]);
        Assert.All(tuned.Predict(TinyModel.Halves(5)), prediction => Assert.Equal(new Prediction(null, -2.5), prediction));
    }

    [Fact]
    public void A_text_among_many_is_predicted_as_it_is_alone()
    {
        using var tuned = Tuned(TinyModel.Halves(64), bias: null);
        var many = TinyModel.Halves(40, seed: 2);
        var predicted = tuned.Predict(many);
        Assert.Equal(2, predicted.Select(prediction => prediction.Label).Distinct().Count());
        Assert.All(many.Examples.Zip(predicted), pair =>
        {
            var alone = Assert.Single(tuned.Predict(many with { Examples = [pair.First] }));
            Assert.Equal(alone.Label, pair.Second.Label);
            Assert.Equal(alone.Score, pair.Second.Score, 5);
        });
    }

    private static Dataset Texts(int count, string[]? names) =>
        new("texts", "train", [.. TinyModel.Halves(count).Examples.Cast<TextExample>().Select((text, i) => text with { Label = i })], names, 0);

    // Saved after a short training and loaded again; with a bias the head knows nothing else.
    private FineTunedModel Tuned(Dataset train, double[]? bias)
    {
        var job = new FineTuneJob { ModelFolder = model.Folder, Method = "lora", Train = train, Training = new TrainingOptions { Epochs = 4, BatchSize = 16, MaxLength = 32, LearningRate = 5e-3 } };
        using var tuner = new FineTuner(job);
        var report = tuner.Run();
        using (torch.no_grad())
        {
            if (bias is not null)
            {
                foreach (var (path, weight) in tuner.Model.HeadWeights) weight.Value.copy_(path.EndsWith("bias", StringComparison.Ordinal) ? torch.tensor(bias) : torch.zeros_like(weight.Value));
            }
        }

        FineTunedModel.Save(folder.Path, job, tuner, report);
        return FineTunedModel.Load(folder.Path);
    }
}
