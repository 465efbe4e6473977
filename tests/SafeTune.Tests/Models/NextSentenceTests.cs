using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Models;
using SafeTune.Tokenization;
using TorchSharp;

namespace SafeTune.Tests.Models;

public sealed class NextSentenceTests
{
    [Fact]
    public void The_loss_is_that_of_the_masks_and_that_of_the_judgement()
    {
        using var family = new TinyFamily("bert", masked: true);
        using var model = AutoModel.Load(family.Folder, family.Head);
        model.Train(true);
        var encoder = new MaskedEncoder(AutoTokenizer.Load(family.Folder), 40);
        var random = SplitMix.Of(1, 2);
        string[] texts = [.. family.Task(4).Examples.Cast<PromptExample>().Select(example => example.Completion)];
        TextExample[] pairs = [new(texts[0], texts[1], 1), new(texts[2], texts[3], 0)];
        EncodedExample[] rows = [.. pairs.Select(pair => encoder.Draw(encoder.Encode(pair), random))];
        using var batch = (TextBatch)encoder.Stack(rows, null);
        using var masks = batch with { Follows = null };
        Assert.Equal([1L, 0L], batch.Follows!.data<long>().ToArray());
        torch.Tensor? hidden = null;
        using var pass = new ForwardPass(model) { AfterBlock = (block, value) => hidden = block == 2 ? value.clone() : null };
        // The same dropout both times.
        torch.manual_seed(5);
        using var both = pass.Run(batch);
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(5);
        using var one = new ForwardPass(model).Run(masks);
        var weights = model.NamedWeights().ToDictionary(entry => entry.Path, entry => entry.Weight.Value);
        var pooled = torch.nn.functional.linear(hidden!.select(1, 0), weights["bert.pooler.dense.weight"], weights["bert.pooler.dense.bias"]).tanh();
        var judged = torch.nn.functional.log_softmax(torch.nn.functional.linear(pooled, weights["cls.seq_relationship.weight"], weights["cls.seq_relationship.bias"]), -1);
        var expected = -(judged[0, 1].item<float>() + judged[1, 0].item<float>()) / 2;
        Assert.Equal(one.Loss!.item<float>() + expected, both.Loss!.item<float>(), 5);
        hidden.Dispose();

        // Perplexity is of the masks alone.
        model.Train(false);
        using var scored = new ForwardPass(model).Run(batch);
        using var alone = new ForwardPass(model).Run(masks);
        Assert.Equal(alone.Loss!.item<float>(), scored.Loss!.item<float>());
    }
}
