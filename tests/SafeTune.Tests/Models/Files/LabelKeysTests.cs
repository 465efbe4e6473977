using SafeTune.Models;

namespace SafeTune.Tests.Models.Files;

public sealed class LabelKeysTests : IDisposable
{
    private readonly ModelFolder folder = new(Golden.Path("bert/classification"));

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("problem_type", "\"multi_label_classification\"", "'problem_type' is 'multi_label_classification', which is not supported")]
    [InlineData("problem_type", "\"regression\"", "'problem_type' is 'regression', and the head has 3 outputs")]
    [InlineData("num_labels", "2", "'num_labels' is 2, and 'id2label' names 3")]
    [InlineData("id2label", """{"1": "a", "2": "b", "3": "c"}""", "'id2label' has the keys 1, 2, 3; expected the numbers from 0 to 2")]
    [InlineData("label2id", """{"LABEL_0": 1, "LABEL_1": 0, "LABEL_2": 2}""", "'id2label' calls class 0 'LABEL_0', and 'label2id' gives 'LABEL_0' the number 1")]
    public void Keys_of_the_models_own_head_that_contradict_each_other_are_refused(string key, string value, string sentence)
    {
        folder.Set(key, value);
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => AutoModel.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_label_of_several_is_no_regression()
    {
        using var regression = new ModelFolder(Golden.Path("bert/regression"));
        regression.Set("problem_type", "\"single_label_classification\"");
        Assert.Contains("and there is one label", Assert.Throws<UsageException>(() => AutoModel.Load(regression.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_labels_each_are_refused_for_a_new_head_too()
    {
        folder.Set("problem_type", "\"multi_label_classification\"");
        Assert.Contains("remove the key", Assert.Throws<UsageException>(() => AutoModel.Load(folder.Path, HeadOptions.Classes(2))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_head_does_not_care_how_the_old_one_was_labelled()
    {
        folder.Set("num_labels", "2");
        AutoModel.Load(folder.Path, HeadOptions.Classes(5), new LoadOptions { IsTraining = true }).Dispose();
    }

    [Theory]
    [InlineData("""{"num_labels": 3}""", 3)]
    [InlineData("""{"label2id": {"b": 1, "a": 0, "c": 2}}""", 3)]
    [InlineData("""{}""", 2)]
    public void The_number_of_labels_is_read_where_it_stands(string keys, int labels)
    {
        folder.Set("id2label", null);
        folder.Set("label2id", null);
        foreach (var (key, value) in System.Text.Json.Nodes.JsonNode.Parse(keys)!.AsObject()) folder.Set(key, value!.ToJsonString());
        Assert.Equal(labels, AutoModel.Configuration(folder.Path).Labels);
    }

    [Fact]
    public void Names_come_from_the_numbers_where_there_is_no_list_of_names()
    {
        folder.Set("id2label", null);
        folder.Set("label2id", """{"bad": 1, "awful": 0, "fine": 2}""");
        Assert.Equal(["awful", "bad", "fine"], AutoModel.Configuration(folder.Path).LabelNames);
    }
}
