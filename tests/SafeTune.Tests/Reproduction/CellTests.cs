using SafeTune.Reproduction;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;
using SafeTune.Reproduction.Running;
using SafeTune.Training;

namespace SafeTune.Tests.Reproduction;

public sealed class CellTests : IDisposable
{
    private readonly Workshop _shop = new();
    private Selection OnlyMrpc => _shop.Select with { Rows = ["lora", "safe"], Columns = ["mrpc"] };

    public void Dispose() => _shop.Dispose();

    private TablePlan Plan(Selection? selection = null, string? gpu = null) =>
        TablePlan.Make(ExperimentFile.Load(_shop.Experiment, "mini")[0], selection ?? OnlyMrpc, Hub.Find(_shop.Hub, "small"), _shop.Runs, gpu);

    private List<ResultRow> Rows(string scale = "mini") => CsvFile.Read<ResultRow>(Path.Combine(_shop.Root, "results", scale, "demo.csv"));

    [Fact]
    public void The_configuration_knows_no_paths()
    {
        using var elsewhere = new Workshop();
        TablePlan other = TablePlan.Make(ExperimentFile.Load(elsewhere.Experiment, "mini")[0], OnlyMrpc, Hub.Find(elsewhere.Hub, "small"), elsewhere.Runs, null);
        Assert.Equal(Plan().Cells.Select(cell => cell.ConfigHash), other.Cells.Select(cell => cell.ConfigHash));
        Assert.All(Plan().Cells, cell => Assert.DoesNotContain(_shop.Root, cell.Configuration, StringComparison.Ordinal));
    }

    [Fact]
    public void The_configurations_hash_stays_what_it_was()
    {
        // Committed results carry these hashes: a change here orphans them all.
        Assert.Equal(
            """{"evaluation":"dev","format":1,"lora":{"alpha":16,"dropout":0.1,"rank":4,"target_modules":["query","value"]},"max_train":null,"method":"lora","model":"small","model_hash":"MODEL","probes":{"centre_cka":true,"examples":64,"per_epoch":1},"safe":null,"scale":"mini","seed":1,"table":"demo","task":"mrpc","training":{"batch_size":8,"epochs":2,"gradient_clip":null,"learning_rate":0.001,"length_buckets":false,"max_length":32,"skip_broken_rows":false,"warm_up_fraction":0,"weight_decay":0}}""",
            Plan().Cells[0].Configuration.Replace(Plan().ModelHash, "MODEL", StringComparison.Ordinal));
        Assert.Equal("b94d27b9934d3e08", Configuration.Hash("hello world"));
    }

    [Fact]
    public void Everything_that_changes_numbers_changes_the_folder()
    {
        var folders = new HashSet<string> { Plan().Cells[0].Folder };
        Assert.True(folders.Add(Plan(OnlyMrpc with { Seeds = [2] }).Cells[0].Folder));
        Assert.True(folders.Add(Plan(OnlyMrpc with { Epochs = 3 }).Cells[0].Folder));
        Assert.True(folders.Add(Plan(OnlyMrpc with { MaxTrain = 3 }).Cells[0].Folder));
        Assert.True(folders.Add(Plan(gpu: "NVIDIA H100").Cells[0].Folder));
        _shop.Put("hub/datasets/glue/MRPC/dev.tsv", "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t1\t2\tNew.\tNew.\n");
        Assert.True(folders.Add(Plan().Cells[0].Folder));
        _shop.Put("hub/models/small/model.safetensors", "other weights");
        Assert.True(folders.Add(Plan().Cells[0].Folder));
        _shop.Put("hub/models/small/config.json", """{  "name" : "small",  "model_type" : "bert" }""");
        Assert.False(folders.Add(Plan().Cells[0].Folder));
    }

    [Fact]
    public void A_finished_cell_is_not_run_again_unless_forced()
    {
        _shop.Run(OnlyMrpc);
        _shop.Run(OnlyMrpc);
        Assert.Equal(2, _shop.Trainer.Ran.Count);
        _shop.Run(OnlyMrpc with { Force = true });
        Assert.Equal(4, _shop.Trainer.Ran.Count);
        Assert.Contains("Against the earlier results: 6 same.", _shop.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Forcing_empties_the_cells_folder_first()
    {
        _shop.Run(OnlyMrpc);
        string checkpoint = Path.Combine(Plan().Cells[0].Folder, "checkpoint", "state");
        Directory.CreateDirectory(Path.GetDirectoryName(checkpoint)!);
        File.WriteAllText(checkpoint, "old");
        _shop.Run(OnlyMrpc with { Force = true });
        Assert.False(File.Exists(checkpoint));
    }

    [Fact]
    public void Equal_runs_give_equal_bytes()
    {
        _shop.Run();
        string table = _shop.Read("results/mini/demo.csv"), layers = _shop.Read("results/mini/demo.layers.csv");
        _shop.Run(_shop.Select with { Force = true });
        Assert.Equal(table, _shop.Read("results/mini/demo.csv"));
        Assert.Equal(layers, _shop.Read("results/mini/demo.layers.csv"));
    }

    [Fact]
    public void The_table_has_exactly_the_designs_columns()
    {
        _shop.Run(OnlyMrpc);
        Assert.StartsWith("scale,table,model,method,task,seed,metric,value,status,reason,memory_before_bytes,memory_after_bytes,memory_mean_bytes,resident_bytes,activation_bytes,flops_forward,flops_input_grad,flops_weight_grad,steps,trainable_parameters,total_parameters,frozen_fraction,lowest_trainable_layer,origin,stack,attention,kernels,rows_used,rows_published,config_hash,data_hash\n", _shop.Read("results/mini/demo.csv"), StringComparison.Ordinal);
        Assert.StartsWith("scale,table,model,method,task,seed,train_seconds,probe_seconds,eval_seconds,process_peak_bytes,predicted_peak_bytes,device,torch,dotnet,commit,dirty,started_utc\n", _shop.Read("results/mini/demo.runs.csv"), StringComparison.Ordinal);
        Assert.Contains("mini,demo,small,lora+safe,mrpc,1,f1,80.9,ok,,10000000,7000000,8000000.5,2000000,6000000,100,60,50,10,1000,100000,0.5,1,measured,standin,,,6,3668,", _shop.Read("results/mini/demo.csv"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_partial_selection_keeps_the_other_cells_lines()
    {
        _shop.Run();
        List<ResultRow> all = Rows();
        Directory.Delete(_shop.Runs, recursive: true);
        _shop.Run(OnlyMrpc);
        Assert.Equal(all, Rows());
    }

    [Fact]
    public void A_cell_that_another_process_finished_is_in_the_table()
    {
        _shop.Run();
        List<ResultRow> all = Rows();
        Directory.Delete(Path.Combine(_shop.Root, "results"), recursive: true);
        _shop.Run(OnlyMrpc);
        Assert.Equal(all, Rows());
    }

    [Fact]
    public void Lines_of_another_configuration_leave_the_table()
    {
        _shop.Run();
        _shop.Put("experiments/demo.yaml", Workshop.Yaml.Replace("learning_rate: 1e-4", "learning_rate: 2e-4", StringComparison.Ordinal));
        _shop.Run(OnlyMrpc);
        Assert.DoesNotContain(Rows(), row => row.Task == "cola");
        Assert.Equal(3, Rows().Select(row => row.Method).Distinct().Count());
    }

    [Fact]
    public void Runs_with_other_epochs_or_rows_lie_apart()
    {
        _shop.Run(OnlyMrpc);
        string before = _shop.Read("results/mini/demo.csv");
        _shop.Run(OnlyMrpc with { Epochs = 1, MaxTrain = 4 });
        Assert.Equal(before, _shop.Read("results/mini/demo.csv"));
        Assert.All(Rows("mini-custom"), row => Assert.Equal(("mini-custom", 4), (row.Scale, row.RowsUsed!.Value)));
        Assert.Contains("This is a custom run", _shop.Read("results/mini-custom/REPORT.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gpus_results_lie_apart()
    {
        _shop.Run(OnlyMrpc, Workshop.Machine with { Device = "NVIDIA H100 80GB" });
        Assert.True(File.Exists(Path.Combine(_shop.Root, "results", "mini-nvidia-h100-80gb", "demo.csv")));
        Assert.False(Directory.Exists(Path.Combine(_shop.Root, "results", "mini")));
    }

    [Fact]
    public void A_failed_cell_is_a_row_with_its_reason_and_the_rest_goes_on()
    {
        _shop.Trainer.Answer = cell => cell.Key.Method == "lora" ? throw new TrainingFailedException("the loss is not a number\nat step 3") : null;
        Assert.Equal(1, _shop.Run(OnlyMrpc));
        ResultRow failed = Assert.Single(Rows(), row => row.Method == "lora");
        Assert.Equal(("failed", "the loss is not a number at step 3", "f1", (double?)null), (failed.Status, failed.Reason, failed.Metric, failed.Value));
        Assert.Contains(Rows(), row => row.Method == "lora+safe" && row.Status == "ok");
        Assert.Contains("failed: the loss is not a number at step 3", _shop.Read("results/mini/REPORT.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_cell_is_tried_again_next_time()
    {
        _shop.Trainer.Answer = cell => cell.Key.Method == "lora" ? throw new InsufficientMemoryException("9 GB asked for") : null;
        Assert.Equal(1, _shop.Run(OnlyMrpc));
        Assert.Contains(Rows(), row => row.Reason == "out of memory: 9 GB asked for");
        _shop.Trainer.Answer = _ => null;
        Assert.Equal(0, _shop.Run(OnlyMrpc));
        Assert.Equal(["lora on mrpc, seed 1", "lora+safe on mrpc, seed 1", "lora on mrpc, seed 1"], _shop.Trainer.Ran);
        Assert.All(Rows(), row => Assert.Equal("ok", row.Status));
    }

    [Fact]
    public void A_task_with_too_few_rows_is_refused_with_a_row()
    {
        _shop.Put("experiments/demo.yaml", Workshop.Yaml.Replace("seeds: [1, 2]", "least_rows: 7\nseeds: [1, 2]", StringComparison.Ordinal));
        Assert.Equal(0, _shop.Run(OnlyMrpc));
        Assert.Empty(_shop.Trainer.Ran);
        Assert.All(Rows(), row => Assert.Equal(("refused", "only 6 training rows at hand; 7 are the least that this scale scores"), (row.Status, row.Reason)));
    }

    [Fact]
    public void A_row_without_its_last_file_is_an_unfinished_cell()
    {
        _shop.Run(OnlyMrpc);
        Cell cell = Plan().Cells[0];
        File.Move(cell.RowFile, cell.RowFile + ".partial");
        Assert.Null(CellStore.Finished(cell));
        _shop.Run(OnlyMrpc);
        Assert.Equal(3, _shop.Trainer.Ran.Count);
    }

    [Fact]
    public async Task A_cell_that_another_process_holds_comes_last_and_is_not_run_twice()
    {
        Cell held = Plan().Cells[0];
        FileStream other = CellStore.TryLock(held)!;
        Assert.Null(CellStore.TryLock(held));
        Task<int> run = Task.Run(() => _shop.Run(OnlyMrpc));
        while (_shop.Trainer.Ran.Count == 0)
            await Task.Delay(10);
        Assert.Equal("lora+safe on mrpc, seed 1", _shop.Trainer.Ran[0]);
        CellStore.Save(held, CellRows.Of(held, Runner.Report(held), Workshop.Machine, DateTimeOffset.UtcNow));
        await other.DisposeAsync();
        Assert.Equal(0, await run);
        Assert.Single(_shop.Trainer.Ran);
        Assert.Equal(["lora", "lora+safe"], Rows().Select(row => row.Method).Distinct());
    }

    [Fact]
    public void Stopping_ends_with_130_and_says_how_to_go_on()
    {
        using var stop = new CancellationTokenSource();
        _shop.Trainer.Answer = _ =>
        {
            stop.Cancel();
            throw new OperationCanceledException();
        };
        Assert.Equal(130, _shop.Run(OnlyMrpc, stop: stop.Token));
        Assert.Contains("run the same command again", _shop.Output.ToString(), StringComparison.Ordinal);
        _shop.Trainer.Answer = _ => null;
        Assert.Equal(0, _shop.Run(OnlyMrpc));
    }

    [Fact]
    public void A_mistake_in_the_input_of_a_running_cell_is_a_usage_error()
    {
        _shop.Trainer.Answer = _ => throw new UsageException("target module 'quary' matches nothing");
        Assert.Throws<UsageException>(() => _shop.Run(OnlyMrpc));
    }

    [Fact]
    public void A_job_carries_the_cells_settings()
    {
        FineTuneJob job = CellRunner.Job(Plan(OnlyMrpc with { Seeds = [7] }).Cells[1]);
        Assert.Equal(("lora+safe", "f1", 7, 1e-3, 8, 2, 32), (job.Method, job.Metric, job.Training.Seed, job.Training.LearningRate, job.Training.BatchSize, job.Training.Epochs, job.Training.MaxLength));
        Assert.Null(job.Training.EarlyStopPatience);
        Assert.Equal(6, job.Train.Examples.Count);
    }

    [HubFact]
    public void A_hub_with_real_files_serves_all_eight_tasks()
    {
        Experiment mini = ExperimentFile.Load(Path.Combine(Golden.Root, "experiments", "table1.yaml"), "mini")[0];
        TablePlan plan = TablePlan.Make(mini, new Selection { Rows = ["lora"], Seeds = [1] }, Hub.Find(Golden.Hub, mini.Model), _shop.Runs, null);
        var rows = plan.Cells.ToDictionary(cell => cell.Key.Task, cell => (cell.Data.Train.Examples.Count, cell.Data.Evaluation.Examples.Count));
        Assert.Equal(8, rows.Count);
        Assert.Equal((3668, 408), rows["mrpc"]);
        Assert.Equal((8000, 872), rows["sst2"]);
        Assert.Equal((5749, 1500), rows["stsb"]);
        Assert.Equal(1, plan.Cells.Single(cell => cell.Key.Task == "qqp").Data is { } qqp ? qqp.Train.SkippedRows + qqp.Evaluation.SkippedRows : 0);
        Assert.True(plan.Cells.Single(cell => cell.Key.Task == "mnli").Data.AvailableRows < mini.LeastRows);
    }
}
