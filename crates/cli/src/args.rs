//! What can be asked on the command line.

mod cohort;
mod records;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use renkei_runtime::ByteSize;
use renkei_telemetry::LogFormat;

pub(crate) use cohort::{
    AnalyseArgs, CheckArgs, CohortArgs, CohortCommand, DescribeArgs, DiffArgs, ExcludeArgs, SiteArgs,
};
pub(crate) use records::{ImportArgs, QualityArgs, RecordForm, RecordsArgs, RecordsCommand};

/// Hospital records and whole-slide images, analysed together.
#[derive(Debug, Parser)]
#[command(version, about)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// How results are printed.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// What is logged: error, warn, info, debug, or a filter such as `renkei_worker=debug`.
    #[arg(long, global = true, default_value = "warn")]
    pub(crate) log: String,
    /// How logs are written to standard error.
    #[arg(long, global = true, value_enum, default_value_t = Logs::Text)]
    pub(crate) log_format: Logs,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Logs {
    /// A line of text each.
    Text,
    /// A JSON object a line.
    Json,
}

impl From<Logs> for LogFormat {
    fn from(logs: Logs) -> Self {
        match logs {
            Logs::Text => Self::Text,
            Logs::Json => Self::Json,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a spec to its end in this process; a run that was interrupted goes on.
    Run(RunArgs),
    /// Go on with an interrupted run.
    Resume(ResumeArgs),
    /// Check a spec against its sources and say what a run would do and cost.
    Plan(PlanArgs),
    /// Hospital records in their standard forms.
    Records(RecordsArgs),
    /// Who is in, before there is a run: records only, neither slides nor an encoder.
    Cohort(CohortArgs),
    /// List the runs of a store, or of a cluster.
    Status(StatusArgs),
    /// Submit a spec to a cluster.
    Submit(SubmitArgs),
    /// Follow a run of a cluster to its end.
    Watch(OfClusterRun),
    /// Stop a run of a cluster; what is committed stays.
    Cancel(OfClusterRun),
    /// List the workers of a cluster.
    Workers(UserArgs),
    /// A local cluster for trying things out.
    Cluster(ClusterArgs),
    /// Check every committed byte of a sealed run.
    Verify(OfRun),
    /// Walk a case's score back to tiles, slides, encoder and records.
    Explain(ExplainArgs),
    /// Write a sealed run's cohort and held-out scores in a standard form of others.
    Export(ExportArgs),
    /// Score new cases with the models of a sealed run: research output, no medical device.
    Score(ScoreArgs),
    /// Query the tables of a sealed run.
    Sql(SqlArgs),
    /// Remove what attempts that died have left behind in a run that is over.
    Gc(GcArgs),
    /// Erase every run of a store that holds a case; says which runs to repeat without it.
    Erase(EraseArgs),
    /// Check whether this machine and store are fit to run.
    Doctor(DoctorArgs),
    /// Run the whole mission on real input whose link between image and outcome is planted.
    Demo(DemoArgs),
}

/// What this machine gives to a run.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct MachineArgs {
    /// ONNX Runtime's library [default: the file that RENKEI_ONNXRUNTIME names].
    #[arg(long, env = "RENKEI_ONNXRUNTIME", hide_env_values = true)]
    pub(crate) onnxruntime: Option<PathBuf>,
    /// The site's pseudonym key, a file of at least 32 bytes that only its owner can read. Without it a key is made once
    /// and kept in the user's configuration folder.
    #[arg(long, env = "RENKEI_SITE_KEY", hide_env_values = true)]
    pub(crate) site_key: Option<PathBuf>,
    /// Shards at once [default: one a core].
    #[arg(long)]
    pub(crate) threads: Option<NonZeroUsize>,
    /// What buffers may hold together.
    #[arg(long, default_value = "1GiB")]
    pub(crate) memory: ByteSize,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RunArgs {
    /// The run spec (YAML).
    pub(crate) spec: PathBuf,
    #[command(flatten)]
    pub(crate) stores: StoresArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PlanArgs {
    /// The run spec (YAML).
    #[arg(required_unless_present = "schema")]
    pub(crate) spec: Option<PathBuf>,
    /// Print the JSON Schema of run specs and do nothing else.
    #[arg(long)]
    pub(crate) schema: bool,
    #[command(flatten)]
    pub(crate) stores: StoresArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

/// The stores that this command can open.
#[derive(Debug, Clone, Default, ClapArgs)]
pub(crate) struct StoresArgs {
    /// A file that lists stores with endpoints and credentials, readable by its owner only [default: AWS_*, AZURE_* and
    /// GOOGLE_* of the environment].
    #[arg(long, env = "RENKEI_STORES", hide_env_values = true)]
    pub(crate) stores: Option<PathBuf>,
}

/// A store of runs.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct StoreArgs {
    #[command(flatten)]
    pub(crate) stores: StoresArgs,
    /// The store: what the spec calls `store`.
    #[arg(long, env = "RENKEI_STORE", default_value = "renkei-store")]
    pub(crate) store: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Ask the cluster of this file instead of a store.
    #[arg(long, env = "RENKEI_CLUSTER", conflicts_with = "store")]
    pub(crate) cluster: Option<PathBuf>,
}

/// A user of a cluster.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct UserArgs {
    /// The cluster's addresses and the user's certificate (YAML); `renkei cluster up` writes one.
    #[arg(long, env = "RENKEI_CLUSTER", default_value = crate::cluster::DEFAULT_FILE)]
    pub(crate) cluster: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SubmitArgs {
    /// The run spec (YAML).
    pub(crate) spec: PathBuf,
    /// What to call the run [default: the spec's name].
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Runs of higher priority get their share first, -100 to 100.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) priority: i32,
    /// Follow the run to its end.
    #[arg(long)]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) user: UserArgs,
}

/// A run of a cluster.
#[derive(Debug, ClapArgs)]
pub(crate) struct OfClusterRun {
    /// The run's id [default: the newest].
    pub(crate) run: Option<String>,
    #[command(flatten)]
    pub(crate) user: UserArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ClusterArgs {
    #[command(subcommand)]
    pub(crate) command: ClusterCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClusterCommand {
    /// Start etcd, an S3 server, a coordinator and workers on this machine, with certificates made for them.
    Up(ClusterUpArgs),
    /// Stop exactly the processes that `up` started.
    Down(ClusterFolderArgs),
}

#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct ClusterFolderArgs {
    /// Where the cluster's certificates, logs and objects are.
    #[arg(long, default_value = crate::cluster::DEFAULT_FOLDER)]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ClusterUpArgs {
    /// Workers, of one slot each.
    #[arg(long, default_value_t = 2)]
    pub(crate) workers: u32,
    /// Coordinators; one leads, the others stand by.
    #[arg(long, default_value_t = 1)]
    pub(crate) coordinators: u32,
    /// Members of etcd; most must live for anything to be written, so one of three may be lost.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) etcd_members: u32,
    #[command(flatten)]
    pub(crate) folder: ClusterFolderArgs,
    /// The folder that `deploy/cluster/fetch` filled.
    #[arg(long, default_value = ".renkei/cluster")]
    pub(crate) components: PathBuf,
    /// ONNX Runtime's library [default: the file that RENKEI_ONNXRUNTIME names].
    #[arg(long, env = "RENKEI_ONNXRUNTIME", hide_env_values = true)]
    pub(crate) onnxruntime: Option<PathBuf>,
    /// The site's pseudonym key [default: as for `renkei run`].
    #[arg(long, env = "RENKEI_SITE_KEY", hide_env_values = true)]
    pub(crate) site_key: Option<PathBuf>,
}

/// A run in a store.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct OfRun {
    /// The run's id [default: the newest].
    #[arg(long)]
    pub(crate) run: Option<String>,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct GcArgs {
    #[command(flatten)]
    pub(crate) of: OfRun,
    /// Leave what is younger: an attempt that sleeps may still wake.
    #[arg(long, default_value_t = 24 * 3600)]
    pub(crate) grace_seconds: u64,
    /// Also of a run that is not sealed; you vouch that no process works on it.
    #[arg(long)]
    pub(crate) abandoned: bool,
    /// Only say what would be removed.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    pub(crate) of: OfRun,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExplainArgs {
    /// The case: its pseudonym as in the tables, or the hospital's own id (which needs the site key).
    pub(crate) case: String,
    /// The site's pseudonym key, to look a hospital's own id up.
    #[arg(long, env = "RENKEI_SITE_KEY", hide_env_values = true)]
    pub(crate) site_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) of: OfRun,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct EraseArgs {
    /// The case: its pseudonym as in the tables, or the hospital's own id (which needs the site key).
    pub(crate) case: String,
    /// The site's pseudonym key, to look a hospital's own id up.
    #[arg(long, env = "RENKEI_SITE_KEY", hide_env_values = true)]
    pub(crate) site_key: Option<PathBuf>,
    /// Also runs that are not sealed; you vouch that no process works on them.
    #[arg(long)]
    pub(crate) abandoned: bool,
    /// Only say which runs hold the case.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// A standard form that a run is exported in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportForm {
    /// FHIR R4: one RiskAssessment a case and model, newline-delimited JSON.
    Fhir,
    /// The shape of OMOP CDM 5.4, with days since the origin for dates: Parquet.
    Omop,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExportArgs {
    /// The run's id [default: the newest].
    pub(crate) run: Option<String>,
    /// The form.
    #[arg(long = "as", value_enum)]
    pub(crate) form: ExportForm,
    /// Where the files go: a folder, `file://`, `s3://`, `gs://` or `az://`; files of an earlier export there are replaced.
    #[arg(long)]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ScoreArgs {
    /// Where the new cases are (YAML): tables of records, and slides where there are any.
    pub(crate) new: PathBuf,
    /// Where the files go: a folder, `file://`, `s3://`, `gs://` or `az://`; files of an earlier call there are replaced.
    #[arg(long)]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) of: OfRun,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SqlArgs {
    /// A query over the tables `cases, tiles, features, compressed, assignments, key_features, exemplars, slides,
    /// histograms, scores, risk`.
    pub(crate) query: String,
    #[command(flatten)]
    pub(crate) of: OfRun,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DemoArgs {
    /// The folder that `deploy/demo/fetch` filled.
    #[arg(long, default_value = ".renkei/demo")]
    pub(crate) components: PathBuf,
    /// Where the demo's input and output go.
    #[arg(long, default_value = ".renkei/demo-run")]
    pub(crate) out: PathBuf,
    /// Seed of the pseudo-slides.
    #[arg(long, default_value_t = 2023)]
    pub(crate) seed: u64,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_command_is_well_formed() {
        // clap looks at a command only when somebody asks for it.
        Args::command().debug_assert();
    }
}
